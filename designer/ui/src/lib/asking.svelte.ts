/** Whether somebody is asking for a new pipeline. */
class Asking {
  pipeline = $state(false);
}

export const asking = new Asking();
