/** A test to be completed: it takes a transition, or runs a flow to an answer, and says what must follow. */
import { freeId, idOf, isTree, trees } from "../lib/document";
import { draft } from "../lib/draft.svelte";
import { fields } from "../lib/fields.svelte";
import type { Command, Json, Tree } from "../lib/types";
import { both, labelText } from "../lib/words";
import { around } from "./around.svelte";
import type { FlowState } from "./flow.svelte";
import { words } from "./life";

export interface Made {
  command: Command;
  opens: string;
  id: string;
}

const SAMPLES: Record<string, Json> = { integer: 1, decimal: "1.00", money: "1000.00", percent: "0.1000", boolean: true, date: "2026-03-02", instant: "2026-03-02T09:00:00+08:00", phone: "13800000001", email: "a@example.com", url: "https://example.com" };

/** What a row needs: a value for each field that must be filled. */
function needed(entity: string, label: string): Tree {
  const found: Tree = {};
  for (const one of fields.of(entity)) {
    const data = one.data;
    if (data.required !== true || data.formula !== undefined || data.default !== undefined || data.default_formula !== undefined || one.to) continue;
    found[one.name] = isTree(data.choices) ? (Object.keys(data.choices)[0] ?? "") : (SAMPLES[one.type] ?? label);
  }
  return found;
}

/** A test that walks a transition (of states) or the step of a flow; `refused` for a rejection. */
export function newTest(flow: FlowState, part: string, refused: boolean): Made {
  const pack = flow.file.split("/")[0] ?? "";
  const existing = around.of(flow.entity, "tests").find((one) => one.file === `${pack}/tests/${flow.name}.yaml`) ?? (draft.info(`${pack}/tests/${flow.name}.yaml`) && { file: `${pack}/tests/${flow.name}.yaml`, data: draft.files[`${pack}/tests/${flow.name}.yaml`]?.data ?? {} });
  const taken = new Set(trees(existing?.data.tests).map(idOf));
  const id = freeId(`${flow.name}_${part}${refused ? "_refused" : ""}`.slice(0, 40), taken);
  const label = labelText(flow.data?.label) || flow.name;
  const test: Tree = { id, label: { ...both("test_walks", { what: `${label} · ${part}` }) }, ...(flow.isFlow ? ofFlow(flow, refused) : ofLife(flow, part)) };
  const opens = existing?.file ?? `${pack}/tests/${flow.name}.yaml`;
  const command: Command = existing ? { do: "insert", file: opens, path: ["tests"], value: test, after: "end" } : { do: "batch", label: both("test_made"), commands: [{ do: "create", file: opens, text: `label: ${JSON.stringify(both("test_walks", { what: label }))}\ntests: []\n` }, { do: "insert", file: opens, path: ["tests"], value: test, after: null }] };
  return { command, opens, id };
}

function rowOf(flow: FlowState, state: string): Tree {
  const field = String(flow.life?.field ?? "");
  return { id: "row", entity: flow.entity, values: { ...needed(flow.entity, labelText(flow.data?.label)), ...(field ? { [field]: state } : {}) } };
}

function ofLife(flow: FlowState, part: string): Tree {
  const move = trees(flow.data?.transitions).find((one) => idOf(one) === part);
  const role = words(move?.roles)[0] ?? anyRole();
  return {
    users: [{ id: "one", roles: [role] }],
    rows: [rowOf(flow, words(move?.from)[0] ?? "")],
    steps: [{ id: "take", as: "one", do: "transition", row: "@row", transition: part, expect: { values: { [String(flow.data?.field ?? "state")]: String(move?.to ?? "") } } }],
  };
}

function ofFlow(flow: FlowState, refused: boolean): Tree {
  const trigger = trees(flow.data?.triggers).find((one) => typeof one.transition === "string");
  const begin = trees(flow.life?.transitions).find((one) => idOf(one) === trigger?.transition);
  const decides = trees(flow.data?.steps).find((one) => one.type === "approval");
  const role = trees(decides?.approvers).flatMap((one) => words(one.roles))[0] ?? anyRole();
  return {
    users: [{ id: "one", roles: [words(begin?.roles)[0] ?? anyRole()] }, { id: "other", roles: [role] }],
    rows: [rowOf(flow, words(begin?.from)[0] ?? String(flow.life?.initial ?? ""))],
    steps: [
      ...(begin ? [{ id: "begin", as: "one", do: "transition", row: "@row", transition: idOf(begin) }] : []),
      { id: "decide", as: "other", do: "answer", row: "@row", act: refused ? "reject" : "approve", comment: refused ? "no" : "yes", expect: { flow: { outcome: refused ? "rejected" : "approved" } } },
    ],
  };
}

const anyRole = (): string => draft.ofKind("roles")[0]?.name ?? "";
