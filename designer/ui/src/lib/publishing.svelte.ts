/** What opens publishing, where there is such an editor: it says so itself when it is loaded. */
class Publishing {
  open = $state.raw<(() => void) | null>(null);
}

export const publishing = new Publishing();
