import { readFile } from "node:fs/promises";
import { basename, dirname, extname, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { parseDocument, visit } from "yaml";
import type { Document } from "yaml";
import { decoded, pointerKeys, pointerTo, valueAt } from "../json-pointer.ts";
import { inOneWriting } from "./one-writing.ts";
import { isData, isMap, isProse } from "./openapi-names.ts";

type Node = Record<string, unknown>;

/** Sections of the components in which Redocly finds changes too harmless, as it does not see who refers to them. */
const INLINED = new Set(["callbacks", "pathItems"]);

/**
 * Reads an OpenAPI file in a normal form: without anchors and merge keys, and as a single document, however many files
 * it consists of.
 *
 * @throws Error of one line when a file is missing or broken, a reference leads to nothing, to itself or to something
 * other than a file, or an alias is within its own anchor.
 */
export async function readSpec(file: string): Promise<Node> {
  const document = inOneWriting(await new SpecFiles(file).whole()) as Node;
  for (const reference of internalReferences(document)) assertLeads(reference, document, file);
  return document;
}

/** The files that a spec is made of. */
class SpecFiles {
  readonly #root: string;
  readonly #files = new Map<string, unknown>();
  /**
   * The section and name of what is a component: what the root names by a reference to a file, refers to itself through
   * a file, or is in a mapping.
   */
  readonly #components = new Map<string, [section: string, name: string]>();

  constructor(root: string) {
    this.#root = root;
  }

  async whole(): Promise<Node> {
    const document = await this.#parsed(this.#root).catch((error: unknown) => {
      throw (error as NodeJS.ErrnoException).code === undefined
        ? error
        : new Error(`${this.#root}: expected an OpenAPI file, got none.`, { cause: error });
    });
    const version = (document as Node | null)?.["openapi"];
    if (typeof version !== "string") {
      throw new Error(`${this.#root}: expected an OpenAPI document, got something else.`);
    }
    if (!/^3\.\d/.test(version)) {
      throw new Error(`${this.#root}: expected OpenAPI 3, got version "${version}".`);
    }
    await this.#findComponents(document as Node);
    const whole = (await this.#inlined(document, this.#root, [])) as Node;
    const components = { ...(whole["components"] as Record<string, Node> | undefined) };
    // Inlining one may add more.
    for (const [place, [section, name]] of this.#components) {
      const [file = "", pointer = ""] = place.split("#");
      const part = await this.#inlined(await this.#target(file, pointer), file, [place]);
      const parts = (components[section] ??= {});
      const { $ref: _itself, ...prose } = (parts[name] ?? {}) as Node;
      parts[name] = Object.keys(prose).length === 0 ? part : { ...(part as Node), ...prose };
    }
    // Of components that are gone as a whole, nobody would be told which they were.
    return { ...whole, components };
  }

  async #findComponents({ components }: Node): Promise<void> {
    for (const [section, parts] of Object.entries(components ?? {})) {
      if (INLINED.has(section) || isData(section, parts)) continue;
      for (const [name, part] of Object.entries((parts as Node | null) ?? {})) {
        const { $ref: reference, ...others } = (part as Node | null) ?? {};
        if (typeof reference !== "string" || !Object.keys(others).every(isProse)) continue;
        const { target, pointer } = this.#placeOf(reference, this.#root);
        const place = `${target}#${pointer}`;
        if (target === this.#root || this.#components.has(place)) continue;
        await this.#valueOf(reference, this.#root);
        this.#components.set(place, [section, name]);
      }
    }
  }

  async #parsed(file: string): Promise<unknown> {
    if (!this.#files.has(file)) {
      const document = parseDocument(await readFile(file, "utf8"), {
        // With this, a second document in the file is an error.
        logLevel: "error",
        merge: true,
      });
      const [error] = document.errors;
      if (error !== undefined) {
        const { line, col } = error.linePos?.[0] ?? { line: 1, col: 1 };
        const [reason = ""] = error.message.split(/ at line |:?\n/);
        throw new Error(
          `${file}: expected YAML or JSON, got a fault at line ${line}, column ${col}: ${reason}.`,
        );
      }
      assertEnds(document, file);
      try {
        this.#files.set(file, document.toJS());
      } catch (cause) {
        throw new Error(
          `${file}: expected YAML or JSON, got a fault: ${(cause as Error).message.split("\n")[0]}.`,
          {
            cause,
          },
        );
      }
    }
    return this.#files.get(file);
  }

  /** A value with everything inlined that it refers to in other files. */
  async #inlined(
    node: unknown,
    file: string,
    chain: readonly string[],
    isNames = false,
  ): Promise<unknown> {
    if (typeof node !== "object" || node === null) return node;
    if (Array.isArray(node)) {
      return Promise.all(node.map((item) => this.#inlined(item, file, chain)));
    }
    const { $ref: reference, ...others } = node as Node;
    if (typeof reference === "string" && !isNames) {
      return this.#referred(reference, others, file, chain);
    }
    const pairs = Object.entries(node).map(async ([key, value]) => {
      if (!isNames && isData(key, value)) return [key, value];
      const isMapping = !isNames && key === "mapping" && isMap(key, value);
      if (isMapping) return [key, await this.#mapped(value as Node, file)];
      return [key, await this.#inlined(value, file, chain, !isNames && isMap(key, value))];
    });
    return Object.fromEntries((await Promise.all(pairs)) as [string, unknown][]);
  }

  /**
   * The mapping of a discriminator. Its values are names of schemas, or references to schemas that may have no name
   * yet.
   */
  async #mapped(mapping: Node, file: string): Promise<Node> {
    const pairs = Object.entries(mapping).map(async ([kind, schema]) => {
      const keys = ["components", "schemas", String(schema)];
      if (valueAt(this.#files.get(this.#root), keys) !== undefined) return [kind, pointerTo(keys)];
      if (!/[/#]|\.(ya?ml|json)$/i.test(String(schema))) return [kind, schema];
      const { target, pointer } = this.#placeOf(String(schema), file);
      if (target === this.#root) return [kind, `#${pointer}`];
      await this.#valueOf(String(schema), file);
      return [kind, this.#named(target, pointer)];
    });
    return Object.fromEntries((await Promise.all(pairs)) as [string, unknown][]);
  }

  async #referred(
    reference: string,
    others: Node,
    file: string,
    chain: readonly string[],
  ): Promise<unknown> {
    const { target, pointer } = this.#placeOf(reference, file);
    const key = `${target}#${pointer}`;
    const [, section = "", ...names] = pointerKeys(pointer);
    const isInlined = INLINED.has(section) && names.length === 1 && !chain.includes(key);
    if (target === this.#root && !isInlined) {
      const isAny =
        pointer.endsWith("/items") && isDeepStrictEqual(await this.#target(target, pointer), {});
      // The normal form leaves such items out, so there would be nothing to refer to.
      return isAny ? others : { $ref: `#${pointer}`, ...others };
    }
    if (chain.includes(key) || this.#components.has(key))
      return { $ref: this.#named(target, pointer), ...others };
    const value = await this.#valueOf(reference, file);
    const inlined = await this.#inlined(value, target, [...chain, key]);
    return Object.keys(others).length === 0 ? inlined : { ...(inlined as Node), ...others };
  }

  /** Where a reference in a file leads. */
  #placeOf(reference: string, file: string): { target: string; pointer: string } {
    const [path = "", pointer = ""] = reference.split("#");
    if (/^[a-z][a-z+.-]+:/i.test(path)) {
      throw new Error(`${file}: expected references to files, got ${reference}.`);
    }
    return { target: path === "" ? file : resolve(dirname(file), decoded(path)), pointer };
  }

  /** A reference to a component; what is not one yet becomes a schema. */
  #named(target: string, pointer: string): string {
    const place = `${target}#${pointer}`;
    let component = this.#components.get(place);
    if (component === undefined) {
      let name = pointerKeys(pointer).at(-1) ?? basename(target, extname(target));
      while (!this.#isFree(name)) name += "_";
      component = ["schemas", name];
      this.#components.set(place, component);
    }
    return pointerTo(["components", ...component]);
  }

  /** Whether no other schema has this name. */
  #isFree(name: string): boolean {
    const isTaken = [...this.#components.values()].some(
      ([section, taken]) => section === "schemas" && taken === name,
    );
    const keys = ["components", "schemas", name];
    return !isTaken && valueAt(this.#files.get(this.#root), keys) === undefined;
  }

  async #valueOf(reference: string, file: string): Promise<unknown> {
    const { target, pointer } = this.#placeOf(reference, file);
    const value = await this.#target(target, pointer).catch((cause: unknown) => {
      if ((cause as NodeJS.ErrnoException).code === undefined) throw cause;
      throw new Error(`${file}: expected a file for the reference ${reference}, got none.`, {
        cause,
      });
    });
    if (value === undefined)
      throw new Error(`${file}: expected a value for the reference ${reference}, got none.`);
    return value;
  }

  async #target(file: string, pointer: string): Promise<unknown> {
    return valueAt(await this.#parsed(file), pointerKeys(pointer));
  }
}

/** Expanding an alias within its own anchor would never end. */
function assertEnds(document: Document, file: string): void {
  visit(document, {
    Alias(_key, alias, ancestors) {
      const anchored = alias.resolve(document);
      if (ancestors.some((ancestor) => ancestor === anchored)) {
        throw new Error(
          `${file}: expected a value for the alias *${alias.source}, got one within its own anchor.`,
        );
      }
    },
  });
}

function internalReferences(node: unknown, isNames = false): string[] {
  if (typeof node !== "object" || node === null) return [];
  const { $ref: reference } = node as Node;
  const own = typeof reference === "string" && !isNames ? [reference] : [];
  return Object.entries(node).reduce<string[]>((found, [key, value]) => {
    if (!isNames && isData(key, value)) return found;
    return found.concat(internalReferences(value, !isNames && isMap(key, value)));
  }, own);
}

function assertLeads(reference: string, document: Node, file: string): void {
  const seen = new Set<string>();
  for (let next: unknown = reference; typeof next === "string";) {
    if (seen.has(next)) {
      throw new Error(
        `${file}: expected a value for the reference ${reference}, got one to itself.`,
      );
    }
    seen.add(next);
    const value = valueAt(document, pointerKeys(next.slice(1)));
    if (value === undefined)
      throw new Error(`${file}: expected a value for the reference ${reference}, got none.`);
    next = (value as Node | null)?.["$ref"];
  }
}
