/** What the library says by itself, in the reader's language. */
import { t } from "../lib/words";

export const ARIA = {
  "node.a11yDescription.default": t("graph_keys"),
  "node.a11yDescription.keyboardDisabled": t("graph_keys"),
  "node.a11yDescription.ariaLiveMessage": () => t("graph_moved_it"),
  "edge.a11yDescription.default": t("graph_keys"),
  "controls.ariaLabel": t("graph_view"),
  "controls.zoomIn.ariaLabel": t("graph_zoom_in"),
  "controls.zoomOut.ariaLabel": t("graph_zoom_out"),
  "controls.fitView.ariaLabel": t("graph_fit"),
  "controls.interactive.ariaLabel": t("graph_view"),
  "minimap.ariaLabel": t("graph_view"),
  "handle.ariaLabel": t("graph_begin_line"),
};
