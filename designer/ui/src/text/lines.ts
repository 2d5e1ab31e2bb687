/** Places in a text: the server counts code points of the text as it is, the editor counts units with one for every line end. */

export class Lines {
  private readonly lines: string[] = [];
  private readonly starts: number[] = [0];
  readonly ends: string;

  constructor(readonly text: string) {
    let last = 0;
    let points = 0;
    for (const found of text.matchAll(/\r\n|\n|\r/g)) {
      const line = text.slice(last, found.index);
      this.lines.push(line);
      points += length(line) + found[0].length;
      this.starts.push(points);
      last = found.index + found[0].length;
    }
    this.lines.push(text.slice(last));
    this.ends = text.includes("\r\n") ? "\r\n" : "\n";
  }

  /** The text as the editor has it. */
  get document(): string {
    return this.lines.join("\n");
  }

  /** From the editor's offset to the server's. */
  point(offset: number): number {
    let left = offset;
    for (const [at, line] of this.lines.entries()) {
      if (left <= line.length || at === this.lines.length - 1) return (this.starts[at] ?? 0) + length(line.slice(0, left));
      left -= line.length + 1;
    }
    return 0;
  }

  /** From the server's offset to the editor's. */
  offset(point: number): number {
    let at = this.starts.length - 1;
    while (at > 0 && (this.starts[at] ?? 0) > point) at--;
    let before = 0;
    for (let line = 0; line < at; line++) before += (this.lines[line] ?? "").length + 1;
    return before + units(this.lines[at] ?? "", point - (this.starts[at] ?? 0));
  }
}

function length(text: string): number {
  let points = 0;
  for (const _ of text) points++;
  return points;
}

/** The units that the first points of a text take; all of them where it has fewer. */
function units(text: string, points: number): number {
  let taken = 0;
  let found = 0;
  for (const letter of text) {
    if (found++ >= points) break;
    taken += letter.length;
  }
  return taken;
}
