// Operations on a state, a tree of JSON.
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Path = (string | number)[];

/**
 * `v` sets the value at `p`; `d` is text to add at offset `o`, counted in UTF-16 units, of the string at `p`; `l` stands, in the list at `p`,
 * in the place of `n` entries from index `i` on.
 */
export type Op = { p: Path; v: Json } | { p: Path; o: number; d: string } | { p: Path; i: number; n: number; l: Json[] };

/** Apply one operation, and tell `touched` of every object and list on its way; throws a RangeError where it does not fit the state. */
export function applyOp(state: { [key: string]: Json }, op: Op, touched: (part: object) => void = () => undefined): void {
  const last = op.p[op.p.length - 1];
  const way: object[] = [state];
  let place: Json = state;
  for (const key of op.p.slice(0, -1)) {
    place = child(place, key);
    way.push(place as object);
  }
  if (last === undefined || typeof place !== 'object' || place === null) {
    throw new RangeError('no such place');
  }
  if ('l' in op) {
    way.push(splice(child(place, last), op));
  } else if ('d' in op) {
    extend(place, last, op);
  } else {
    if (Array.isArray(place) && (typeof last !== 'number' || last >= place.length)) {
      throw new RangeError('an entry beyond the end');
    }
    put(place, last, op.v);
  }
  way.forEach(touched);
}

function splice(list: Json, { i, n, l }: { i: number; n: number; l: Json[] }): object {
  if (!Array.isArray(list) || i < 0 || n < 0 || i + n > list.length) {
    throw new RangeError('entries beyond the end');
  }
  list.splice(i, n, ...l);
  return list;
}

function extend(place: object, key: string | number, { o, d }: { o: number; d: string }): void {
  const before = Object.hasOwn(place, key) ? (place as { [key: string]: Json })[key] : undefined;
  if (typeof before !== 'string' || before.length !== o) {
    throw new RangeError('text at another offset');
  }
  put(place, key, before + d);
}

/** Assign an own property, whatever its name: a key `__proto__` must not reach the prototype. */
function put(holder: object, key: string | number, value: Json): void {
  Object.defineProperty(holder, key, { value, writable: true, enumerable: true, configurable: true });
}

function child(place: Json, key: string | number): Json {
  const found = typeof place === 'object' && place !== null && Object.hasOwn(place, key) ? (place as { [key: string]: Json })[key] : undefined;
  if (found === undefined) {
    throw new RangeError('no such place');
  }
  return found;
}
