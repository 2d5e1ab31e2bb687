/** Going from the canvas to the panel of properties, wherever that is. */
export const elsewhere = {
  properties(): void {
    document.querySelector<HTMLElement>("[data-properties] :is(input, select, textarea, button):not(:disabled)")?.focus();
  },
};
