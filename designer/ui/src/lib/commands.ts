/** Commands as values. */
import type { Command } from "./types";

/** A copy that nothing else holds. */
export const plainCommand = (command: Command): Command => JSON.parse(JSON.stringify(command)) as Command;

/** The same act without asking what stood there before. */
export function withoutExpectations(command: Command): Command {
  if (command.do === "batch") return { ...command, commands: command.commands.map(withoutExpectations) };
  if (command.do === "set" || command.do === "unset") {
    const { expect: _, ...rest } = command;
    return rest;
  }
  return command;
}
