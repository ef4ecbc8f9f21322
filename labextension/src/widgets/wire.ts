// Requests about a part of a panel's state: the same methods with the path of the part before them.
import type { Json, Path } from '../shared/protocol';
import type { PanelPort } from './port';

export type Parameters = { [key: string]: Json };

/** The part of a panel's state at `path`, and requests about it. */
export class Part<T> {
  private readonly prefix: string;

  constructor(
    readonly port: PanelPort,
    private readonly path: Path = []
  ) {
    this.prefix = path.map(key => `${key}.`).join('');
  }

  get state(): T {
    let place: Json = this.port.state;
    for (const key of this.path) {
      place = (place as { [key: string | number]: Json })[key] ?? {};
    }
    return place as T;
  }

  request(method: string, params: Parameters = {}): Promise<Json> {
    return this.port.channel.request(this.prefix + method, params);
  }
}
