const ordinary = Function.prototype[Symbol.hasInstance];

/**
 * Lets `instanceof` hold for the errors of any copy of this package: two versions side by side, the CommonJS form
 * beside the modules, or another realm. The mark is on the prototype, so subclasses have it too; `instanceof` with a
 * subclass of the caller's own works as usual.
 */
export function instanceAcrossCopies(
  ErrorClass: new (message: string, details: never) => Error,
): void {
  // In minified code only an instance still has the class's name.
  const { name } = new ErrorClass("", {} as never);
  const mark = Symbol.for(`@np6-archives/client ${name}`);
  Object.defineProperty(ErrorClass.prototype, mark, { value: true });
  Object.defineProperty(ErrorClass, Symbol.hasInstance, {
    value(this: unknown, value: unknown): boolean {
      return this === ErrorClass
        ? Object(value)[mark] === true
        : ordinary.call(this as never, value);
    },
  });
}
