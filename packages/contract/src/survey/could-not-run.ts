/** Why verify ended without a verdict; the command line exits with 2. */
export class CouldNotRunError extends Error {
  /** Always `CouldNotRunError`. */
  override readonly name = "CouldNotRunError";
}
