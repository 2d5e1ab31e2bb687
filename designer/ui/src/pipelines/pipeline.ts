/** A pipeline as nodes and lines: which ports a line joins, whether it may, and why not. */
import type { Badge, GraphEdge, GraphNode, Port } from "../graph/graph";
import { edgeId, edgePath, nodePath, type Listed } from "../graph/listed";
import { problemAt } from "../flow/problems";
import { idOf, isTree } from "../lib/document";
import { fields } from "../lib/fields.svelte";
import { refOf } from "../lib/widgets.svelte";
import type { Json, Problem, Tree } from "../lib/types";
import { labelText, t } from "../lib/words";
import { fits, kinds, portWords, toneOf, typeWords, type KindInfo, type PortInfo } from "./kinds.svelte";

export const kindOf = (node: Tree | undefined): KindInfo | undefined => kinds.find(String(node?.node ?? ""));
export const titleOf = (node: Tree | undefined, id: string): string => labelText(node?.label) || kindOf(node)?.title || String(node?.node ?? "") || id;

const text = (value: Json | undefined): string => (typeof value === "string" ? value : "");
const plain = (name: string): PortInfo => ({ name, type: "any", titles: name ? { zh: name, en: name } : {}, many: true, required: false });

/** The names of the ports that a node's edges name on a side. */
function named(edges: readonly Tree[], id: string, side: "inputs" | "outputs"): string[] {
  const [end, key] = side === "inputs" ? ["to", "port"] : ["from", "output"];
  return [...new Set(edges.filter((one) => one[end] === id).map((one) => text(one[key])))];
}

/** The ports of a node: those of its kind; of one that is not installed those that its edges name. */
export function portsOf(node: Tree | undefined, edges: readonly Tree[], side: "inputs" | "outputs"): PortInfo[] {
  const own = kindOf(node)?.[side];
  const used = named(edges, idOf(node), side);
  if (!own) return (used.length ? used : [""]).map(plain);
  return [...own, ...used.filter((one) => (one ? !own.some((port) => port.name === one) : !own.length)).map(plain)];
}

/** The port that an edge joins: the one that it names, or the first. */
export const portAt = (ports: readonly PortInfo[], name: Json | undefined): PortInfo | undefined => (text(name) ? ports.find((one) => one.name === name) : ports[0]);

/** Whether a node comes after another one. */
export function comesAfter(edges: readonly Tree[], node: string, before: string): boolean {
  const seen = new Set<string>();
  const waiting = [before];
  while (waiting.length) {
    const at = waiting.pop() ?? "";
    if (at === node) return true;
    if (seen.has(at)) continue;
    seen.add(at);
    for (const edge of edges) if (edge.from === at) waiting.push(text(edge.to));
  }
  return false;
}

export interface Line {
  from: string;
  output: string;
  to: string;
  input: string;
}

const nodeOf = (web: Listed, id: string): Tree | undefined => web.nodes.find((one) => idOf(one) === id);

/** Why a line may not lead there; null where it may. `input` left empty: any input that takes it. */
export function refusal(web: Listed, line: Line, but = -1): string | null {
  const edges = web.edges.filter((_, at) => at !== but);
  const from = titleOf(nodeOf(web, line.from), line.from);
  const to = titleOf(nodeOf(web, line.to), line.to);
  if (line.from === line.to) return t("pl_no_self");
  const given = portAt(portsOf(nodeOf(web, line.from), edges, "outputs"), line.output);
  if (!given) return t("pl_no_output", { what: from });
  const inputs = portsOf(nodeOf(web, line.to), edges, "inputs").filter((one) => !line.input || one.name === line.input);
  if (!inputs.length) return t("pl_no_input", { what: to });
  if (comesAfter(edges, line.from, line.to)) return t("pl_circle", { from, to });
  const reasons = inputs.map((one) => {
    if (!fits(given.type, one.type)) return t("pl_misfit", { from, to, port: portWords(one), given: typeWords(given.type), wanted: typeWords(one.type) });
    const into = edges.filter((edge) => edge.to === line.to && portAt(inputsOf(web, line.to), edge.port)?.name === one.name);
    if (into.some((edge) => edge.from === line.from)) return t("pl_same");
    return into.length && !one.many ? t("pl_taken", { to, port: portWords(one) }) : null;
  });
  return reasons.includes(null) ? null : (reasons[0] ?? null);
}

const inputsOf = (web: Listed, id: string): PortInfo[] => portsOf(nodeOf(web, id), web.edges, "inputs");

/** The edge of a line, as short as the text may say it; null where it may not be. */
export function edgeOf(web: Listed, line: Line, but = -1): Tree | null {
  const outputs = portsOf(nodeOf(web, line.from), web.edges, "outputs");
  for (const output of line.output ? outputs.filter((one) => one.name === line.output) : outputs) {
    for (const input of inputsOf(web, line.to).filter((one) => !line.input || one.name === line.input)) {
      const whole = { from: line.from, output: output.name, to: line.to, input: input.name };
      if (refusal(web, whole, but) !== null) continue;
      return { from: line.from, ...(output.name && output !== outputs[0] ? { output: output.name } : {}), to: line.to, ...(input.name && input !== inputsOf(web, line.to)[0] ? { port: input.name } : {}) };
    }
  }
  return null;
}

/** The entity whose rows come into a node: that of its own settings, or of the nodes before it. */
export function entityOf(web: Listed, id: string, behind: ReadonlySet<string> = new Set()): string {
  const settings = nodeOf(web, id)?.settings;
  const own = isTree(settings) ? text(settings.entity) : "";
  if (own || behind.has(id)) return own;
  for (const edge of web.edges) {
    const found = edge.to === id ? entityOf(web, text(edge.from), new Set([...behind, id])) : "";
    if (found) return found;
  }
  return "";
}

/** The settings in a few words. */
function summary(node: Tree, kind: KindInfo, entity: string): string {
  const settings = isTree(node.settings) ? node.settings : {};
  const said = Object.entries(kind.schema.properties ?? {}).flatMap(([name, schema]) => {
    const value = settings[name];
    const words = (one: string): string => (refOf(schema) === "entity" ? fields.entityLabel(one) : ["field", "path"].includes(refOf(schema)) ? fields.pathLabel(entity, one) : one);
    if (typeof value === "string") return [words(value)];
    if (typeof value === "number") return [String(value)];
    return Array.isArray(value) && value.length && value.every((one) => typeof one === "string") ? [value.map((one) => words(String(one))).join(t("comma"))] : [];
  });
  return said.slice(0, 2).join(" · ");
}

const drawn = (port: PortInfo): Port => ({ id: port.name, label: portWords(port), look: `port port-${port.type}` });

export function pipelineNodes(web: Listed, problems: readonly Problem[]): GraphNode[] {
  return web.nodes.map((node): GraphNode => {
    const id = idOf(node);
    const kind = kindOf(node);
    const base = { id, kind: String(node.node ?? ""), title: titleOf(node, id), problem: problemAt(problems.filter((one) => one.severity === "error"), nodePath(id)), inputs: portsOf(node, web.edges, "inputs").map(drawn), outputs: portsOf(node, web.edges, "outputs").map(drawn) };
    if (!kind) return { ...base, icon: "help", tone: "danger", subtitle: base.kind, badges: [{ text: t("pl_unknown", { kind: base.kind }), tone: "danger", icon: "warning" }], problem: base.problem ?? t("pl_unknown", { kind: base.kind }) };
    const said = summary(node, kind, entityOf(web, id));
    const badges: Badge[] = labelText(node.label) && said ? [{ text: said, tone: "neutral" }] : [];
    const doubt = problemAt(problems.filter((one) => one.severity === "warning"), nodePath(id));
    if (doubt) badges.push({ text: t("pl_doubt"), tone: "warning", icon: "warning", title: doubt });
    return { ...base, icon: kind.icon, tone: toneOf(kind), subtitle: labelText(node.label) ? kind.title : said, badges };
  });
}

export function pipelineEdges(web: Listed, problems: readonly Problem[]): GraphEdge[] {
  return web.edges.map((edge, at): GraphEdge => {
    const [from, to] = [text(edge.from), text(edge.to)];
    const output = portAt(portsOf(nodeOf(web, from), web.edges, "outputs"), edge.output);
    const input = portAt(portsOf(nodeOf(web, to), web.edges, "inputs"), edge.port);
    return { id: edgeId(at), from, port: output?.name ?? "", to, toPort: input?.name ?? "", label: "", title: output ? typeWords(output.type) : "", insert: true, problem: problemAt(problems, edgePath(at)) };
  });
}
