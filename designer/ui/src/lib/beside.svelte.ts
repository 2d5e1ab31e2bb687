/** What stands beside a shown editor: the text of its file, the panel on the left, the command palette. All is asked while a
 * component is made, and ends with it.
 */
import { untrack } from "svelte";
import { cursor } from "./cursor.svelte";
import { offers, type Offer } from "./offers.svelte";
import { side, type SidePart } from "./side.svelte";
import type { Path } from "./types";

/** What is selected in a drawing is where the text view is, and the other way round. `selected` is null while nothing is, or while
 * the drawing is not shown.
 */
export function besideText(of: { readonly file: string }, selected: () => Path | null, heard: (path: Path) => void): void {
  $effect(() => {
    const here = selected();
    if (here) untrack(() => cursor.tell(of.file, here, "canvas"));
  });
  $effect(() => {
    const path = cursor.heard(of.file, "canvas");
    if (path) untrack(() => heard(path));
  });
}

/** While an editor is shown: its parts in the panel on the left, of which the first takes the place of the files, and its acts in
 * the command palette.
 */
export function besideFiles(shown: () => boolean, name: string, parts: () => readonly SidePart[], acts: () => Offer[]): void {
  $effect(() => {
    if (!shown()) return;
    const off = untrack(() => {
      const own = parts();
      side.provide(own);
      if (side.chosen === "files" && own[0]) side.choose(own[0].id);
      return offers.provide(name, acts);
    });
    return () => {
      off();
      untrack(() => side.provide([]));
    };
  });
}
