import { mount } from "svelte";
import App from "./App.svelte";
import "./designer.css";

const target = document.getElementById("designer");
if (target) {
  target.replaceChildren();
  mount(App, { target });
}
