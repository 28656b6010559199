/**
 * A store each of whose methods, also those of its parts, waits for `pass` before it takes effect. Every method has to
 * answer with a promise.
 */
export function holdBack<Store extends object>(store: Store, pass: () => Promise<void>): Store {
  return new Proxy(store, {
    get: (target, key) => {
      const member: unknown = Reflect.get(target, key);
      if (typeof member === "function")
        return async (...values: unknown[]): Promise<unknown> => {
          await pass();
          return Reflect.apply(member, target, values);
        };
      return typeof member === "object" && member !== null ? holdBack(member, pass) : member;
    },
  });
}
