/** What the page says of its reader when it opens: language, user, addresses of the product's assets. */

export interface Boot {
  language: "zh" | "en";
  user: string;
  icons: string;
  initials: string;
}

const root = typeof document === "undefined" ? null : document.getElementById("designer");

export const boot: Boot = {
  language: root?.dataset.language === "en" ? "en" : "zh",
  user: root?.dataset.user ?? "",
  icons: root?.dataset.icons ?? "",
  initials: root?.dataset.initials ?? "",
};
