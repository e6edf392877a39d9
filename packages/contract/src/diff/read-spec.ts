import { readFile } from "node:fs/promises";
import { basename, dirname, extname, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { parseDocument, visit } from "yaml";
import type { Document } from "yaml";
import { decoded, pointerKeys, pointerTo, valueAt } from "../json-pointer.ts";
import { inOneWriting } from "./alike/one-writing.ts";
import { isData, isMap, isObject, isProse } from "./openapi-names.ts";

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

/** Where a reference leads. */
interface Target {
  file: string;
  /** A JSON pointer into the file. */
  pointer: string;
  /** Both together. */
  place: string;
}

/** The files that a spec is made of. */
class SpecFiles {
  readonly #root: string;
  readonly #files = new Map<string, unknown>();
  /**
   * The section and name, by its place, of what is a component: what the root names by a reference to a file, refers to
   * itself through a file, or is in a mapping.
   */
  readonly #components = new Map<string, Target & { section: string; name: string }>();

  constructor(root: string) {
    this.#root = root;
  }

  async whole(): Promise<Node> {
    const document = await this.#parsed(this.#root).catch((error: unknown) => {
      const { code } = error as NodeJS.ErrnoException;
      throw code === undefined
        ? error
        : new Error(`${this.#root}: expected an OpenAPI file, got none (${code}).`, {
            cause: error,
          });
    });
    const { openapi, swagger: version = openapi } = (document ?? {}) as Node;
    if (typeof version === "number") {
      throw new Error(`${this.#root}: expected a version in quotes, got the number ${version}.`);
    }
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
    for (const component of this.#components.values()) {
      const { file, place, section, name } = component;
      const part = await this.#inlined(await this.#valueAt(component), file, [place]);
      const parts = (components[section] ??= {});
      const { $ref: _itself, ...prose } = (parts[name] ?? {}) as Node;
      parts[name] = withBeside(part, prose);
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
        const target = this.#targetOf(reference, this.#root);
        if (target.file === this.#root || this.#components.has(target.place)) continue;
        await this.#valueOf(reference, this.#root);
        this.#components.set(target.place, { ...target, section, name });
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
      const isMapping = !isNames && key === "mapping" && isObject(value) && isMap(key, value);
      if (isMapping) return [key, await this.#mapped(value, file)];
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
      const target = this.#targetOf(String(schema), file);
      if (target.file === this.#root) return [kind, `#${target.pointer}`];
      await this.#valueOf(String(schema), file);
      return [kind, this.#named(target)];
    });
    return Object.fromEntries((await Promise.all(pairs)) as [string, unknown][]);
  }

  async #referred(
    reference: string,
    others: Node,
    file: string,
    chain: readonly string[],
  ): Promise<unknown> {
    const target = this.#targetOf(reference, file);
    const { pointer, place } = target;
    const [, section = "", ...names] = pointerKeys(pointer);
    const isInlined = INLINED.has(section) && names.length === 1 && !chain.includes(place);
    if (target.file === this.#root && !isInlined) {
      const isAny =
        pointer.endsWith("/items") && isDeepStrictEqual(await this.#valueAt(target), {});
      // The normal form leaves such items out, so there would be nothing to refer to.
      return isAny ? others : { $ref: `#${pointer}`, ...others };
    }
    if (chain.includes(place) || this.#components.has(place))
      return { $ref: this.#named(target), ...others };
    const value = await this.#valueOf(reference, file);
    return withBeside(await this.#inlined(value, target.file, [...chain, place]), others);
  }

  #targetOf(reference: string, from: string): Target {
    const [path = "", pointer = ""] = reference.split("#");
    if (/^[a-z][a-z+.-]+:/i.test(path)) {
      throw new Error(`${from}: expected references to files, got ${reference}.`);
    }
    const file = path === "" ? from : resolve(dirname(from), decoded(path));
    return { file, pointer, place: `${file}#${pointer}` };
  }

  /** A reference to a component; what is not one yet becomes a schema. */
  #named(target: Target): string {
    const { file, pointer, place } = target;
    let component = this.#components.get(place);
    if (component === undefined) {
      let name = pointerKeys(pointer).at(-1) ?? basename(file, extname(file));
      while (!this.#isFree(name)) name += "_";
      component = { ...target, section: "schemas", name };
      this.#components.set(place, component);
    }
    return pointerTo(["components", component.section, component.name]);
  }

  /** Whether no other schema has this name. */
  #isFree(name: string): boolean {
    const isTaken = [...this.#components.values()].some(
      ({ section, name: taken }) => section === "schemas" && taken === name,
    );
    const keys = ["components", "schemas", name];
    return !isTaken && valueAt(this.#files.get(this.#root), keys) === undefined;
  }

  async #valueOf(reference: string, file: string): Promise<unknown> {
    const value = await this.#valueAt(this.#targetOf(reference, file)).catch((cause: unknown) => {
      if ((cause as NodeJS.ErrnoException).code === undefined) throw cause;
      throw new Error(`${file}: expected a file for the reference ${reference}, got none.`, {
        cause,
      });
    });
    if (value === undefined)
      throw new Error(`${file}: expected a value for the reference ${reference}, got none.`);
    return value;
  }

  async #valueAt({ file, pointer }: Pick<Target, "file" | "pointer">): Promise<unknown> {
    return valueAt(await this.#parsed(file), pointerKeys(pointer));
  }
}

/** A part that is referred to, with what stands beside the reference. */
function withBeside(part: unknown, beside: Node): unknown {
  return Object.keys(beside).length === 0 ? part : { ...(part as Node), ...beside };
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
