/** Keys: what belongs to a text box stays with it. */

export const inText = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || target.matches("textarea, select, input:not([type=checkbox], [type=radio], [type=button], [data-keys])"));

/** Ctrl on most keyboards, Cmd on a Mac. */
export const withControl = (event: KeyboardEvent): boolean => (event.ctrlKey || event.metaKey) && !event.altKey;
