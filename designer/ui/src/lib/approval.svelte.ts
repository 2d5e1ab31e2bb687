/** Whether somebody is asking for a new approval flow, and about which entity. */
class Approval {
  entity = $state<string | null>(null);

  ask(entity: string): void {
    this.entity = entity;
  }

  close = (): void => {
    this.entity = null;
  };
}

export const approval = new Approval();
