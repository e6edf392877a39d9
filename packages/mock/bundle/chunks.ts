import type { ChunkingContext } from "rolldown";

/** Modules that are not the mock's own code. */
const OTHERS = /node_modules|replaced-|late-faker|silent-url/;

/**
 * The chunk of a module: the mock's own code stays readable in its own files; the rest is the engine, and the reader of
 * specs, which is only loaded for a spec that was not there when the mock was built.
 */
export function chunkOf(id: string, context: ChunkingContext): string | null {
  if (!OTHERS.test(id)) return null;
  if (id.includes("/node_modules/yaml/")) return "yaml";
  return isLate(id, context) ? "spec-reader" : "engine";
}

/** Whether every way to a module leads through `await import`. */
function isLate(id: string, context: ChunkingContext): boolean {
  const seen = new Set([id]);
  for (const one of seen) {
    const info = context.getModuleInfo(one);
    if (info === null) continue;
    if (info.isEntry || !OTHERS.test(one)) return false;
    for (const importer of info.importers) seen.add(importer);
  }
  return true;
}
