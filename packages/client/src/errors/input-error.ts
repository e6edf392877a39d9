import { instanceAcrossCopies } from "./instance-across-copies.ts";

/** An id, date or range that is not valid, as the user of a program may have typed it. Nothing was sent. */
export class InputError extends TypeError {
  static {
    instanceAcrossCopies(this);
  }
  /** The class's name, also in minified code. */
  override name = "InputError";
  /** Which value: `target`, `action`, `stamp`, `range`, `startDate` or `endDate`. */
  declare readonly argument: string;

  /** `argument` is the name of the value in the signature. */
  constructor(message: string, argument: string) {
    super(message);
    this.argument = argument;
  }
}
