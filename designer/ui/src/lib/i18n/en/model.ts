/** Words of the fields of an entity, in English. */
import type { model as chinese } from "../zh/model";

export const model: Record<keyof typeof chinese, string> = {
  editor_entity: "Fields",
  entity_label: "Called",
  called_by: "A record is called by",
  must_be_filled: "Required",
  must_be_filled_what: "{what}: required",
  looks_like: "Looks like",
  add_field_by_typing: "Type what a field is called and press Enter: name, amount, signed on, customer…",
  field_added: "Field {what} added",
  turned_field: "Change a field's type: {what}",
  choose_a_field: "Choose a field to change its properties here.",
  name_in_text_title: "Name in the text",
  rename_more: "A new name is written wherever the field is named.",
  help_line: "Help",
  privacy: "Privacy",
  add_option: "Type an option and press Enter",
  option_called: "Option {name}",
  tone_of: "Colour of {name}",
  type_duration: "Duration",
  type_choices: "Several choices",
  type_unit: "Unit",
  type_location: "Location",
  type_attachment: "File",
  type_code: "Number by itself",
  type_state: "State of a workflow",
};
