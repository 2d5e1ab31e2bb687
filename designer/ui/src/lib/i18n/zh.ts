/** Every word of the designer in Chinese, by what it is about; the other languages have the same keys. */
import { beginning } from "./zh/beginning";
import { canvas } from "./zh/canvas";
import { diagram } from "./zh/diagram";
import { flow } from "./zh/flow";
import { graph } from "./zh/graph";
import { model } from "./zh/model";
import { organisation } from "./zh/organisation";
import { pipelines } from "./zh/pipelines";
import { properties } from "./zh/properties";
import { publishing } from "./zh/publishing";
import { rights } from "./zh/rights";
import { rules } from "./zh/rules";
import { shell } from "./zh/shell";
import { sources } from "./zh/sources";
import { upgrading } from "./zh/upgrading";
import { webs } from "./zh/webs";

export const zh = { ...shell, ...publishing, ...beginning, ...canvas, ...properties, ...model, ...graph, ...flow, ...organisation, ...webs, ...pipelines, ...rights, ...rules, ...diagram, ...sources, ...upgrading };

export type Key = keyof typeof zh;
