/** The kinds of a palette, as what the command palette offers. */
import type { Offer } from "../lib/offers.svelte";
import { t } from "../lib/words";
import type { NodeKind } from "./graph";

export const kindOffers = (kinds: readonly NodeKind[], add: (kind: NodeKind) => void): Offer[] =>
  kinds.map((one) => ({ id: `add ${one.name}`, text: t("add_what", { what: one.title }), name: one.name, kind: t("graph_node"), icon: one.icon, run: () => add(one) }));
