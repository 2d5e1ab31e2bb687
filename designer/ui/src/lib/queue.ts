/** One act after the other: the next begins when the one before has been answered, in the order in which they were made. */

export class Queue {
  private last: Promise<unknown> = Promise.resolve();
  private waiting = 0;

  constructor(private readonly onLength: (length: number) => void = () => {}) {}

  run<Result>(act: () => Promise<Result>): Promise<Result> {
    this.onLength(++this.waiting);
    const next = this.last.then(act, act);
    this.last = next.catch(() => {});
    return next.finally(() => this.onLength(--this.waiting));
  }
}
