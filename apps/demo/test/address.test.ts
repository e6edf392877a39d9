import { expect, test } from "vitest";
import { addressFrom, checkPortsDiffer, hostAndPort } from "../src/command/address.ts";

test("an empty variable counts as unset", () => {
  const unset = addressFrom({}, "PORT", "HOST", 4000);
  expect(unset).toMatchObject({ host: "127.0.0.1", port: 4000 });
  expect(addressFrom({ PORT: "", HOST: "" }, "PORT", "HOST", 4000)).toEqual(unset);
  expect(addressFrom({ PORT: " ", HOST: " " }, "PORT", "HOST", 4000)).toEqual(unset);
});

test("blanks around a value are no part of it", () => {
  const address = addressFrom({ PORT: " 80 ", HOST: " ::1 " }, "PORT", "HOST", 4000);
  expect(address).toMatchObject({ host: "::1", port: 80 });
});

test("any number of addresses may take a free port", () => {
  const any = addressFrom({ PORT: "0" }, "PORT", "HOST", 4000);
  expect(() => checkPortsDiffer([any, any, any])).not.toThrow();
});

test("an IPv6 address is told in brackets", () => {
  expect(hostAndPort({ host: "::1", port: 4000 })).toBe("[::1]:4000");
});
