import { expect, test } from "vitest";
import { addressFrom, checkPortsDiffer, hostAndPort } from "../src/command/address.ts";

test("an empty variable counts as unset", () => {
  const unset = addressFrom({}, "PORT", "HOST", 4000);
  expect(unset).toMatchObject({ host: "127.0.0.1", port: 4000 });
  expect(addressFrom({ PORT: "", HOST: "" }, "PORT", "HOST", 4000)).toEqual(unset);
  expect(addressFrom({ PORT: " ", HOST: " " }, "PORT", "HOST", 4000)).toEqual(unset);
});

test("a value is trimmed", () => {
  const address = addressFrom({ PORT: " 80 ", HOST: " ::1 " }, "PORT", "HOST", 4000);
  expect(address).toMatchObject({ host: "::1", port: 80 });
});

test.each(["1e3", "0x10", "+80", "80.0", "-0", "80 81", "65536", "8O"])("%j is no port", (port) => {
  expect(() => addressFrom({ PORT: port }, "PORT", "HOST", 4000)).toThrow(
    `PORT: expected a port from 0 to 65535, got "${port}".`,
  );
});

test("several addresses may all use port 0", () => {
  const any = addressFrom({ PORT: "0" }, "PORT", "HOST", 4000);
  expect(() => checkPortsDiffer([any, any, any])).not.toThrow();
});

test("an IPv6 address is printed in brackets", () => {
  expect(hostAndPort({ host: "::1", port: 4000 })).toBe("[::1]:4000");
});
