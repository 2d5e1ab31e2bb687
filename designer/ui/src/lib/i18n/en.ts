/** Every word of the designer in English. */
import { beginning } from "./en/beginning";
import { canvas } from "./en/canvas";
import { diagram } from "./en/diagram";
import { flow } from "./en/flow";
import { graph } from "./en/graph";
import { model } from "./en/model";
import { organisation } from "./en/organisation";
import { pipelines } from "./en/pipelines";
import { properties } from "./en/properties";
import { publishing } from "./en/publishing";
import { rights } from "./en/rights";
import { rules } from "./en/rules";
import { shell } from "./en/shell";
import { sources } from "./en/sources";
import { upgrading } from "./en/upgrading";
import { webs } from "./en/webs";
import type { Key } from "./zh";

export const en: Record<Key, string> = { ...shell, ...publishing, ...beginning, ...canvas, ...properties, ...model, ...graph, ...flow, ...organisation, ...webs, ...pipelines, ...rights, ...rules, ...diagram, ...sources, ...upgrading };
