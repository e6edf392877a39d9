const ordinary = Function.prototype[Symbol.hasInstance];

/**
 * Lets `instanceof` hold for the errors of any copy of this package: two versions side by side, the CommonJS form
 * beside the modules, or another realm. The mark is on the prototype, so subclasses have it too; a class that a caller
 * derives is asked for as usual.
 */
export function recognised(ErrorClass: new (message: string, details: never) => Error): void {
  // Minified code keeps the name in instances only.
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
