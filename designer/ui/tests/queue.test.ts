import { expect, it } from "vitest";
import { Queue } from "../src/lib/queue";

const after = (milliseconds: number): Promise<void> => new Promise((done) => setTimeout(done, milliseconds));

it("does one act after the other, in their order, however long each takes", async () => {
  const done: number[] = [];
  const queue = new Queue();
  const act = (number: number, milliseconds: number) => queue.run(async () => {
    await after(milliseconds);
    done.push(number);
  });
  await Promise.all([act(1, 20), act(2, 0), act(3, 5)]);
  expect(done).toEqual([1, 2, 3]);
});

it("goes on after one that failed", async () => {
  const queue = new Queue();
  const failing = queue.run(() => Promise.reject(new Error("no")));
  const next = queue.run(() => Promise.resolve(2));
  await expect(failing).rejects.toThrow("no");
  expect(await next).toBe(2);
});

it("says how many wait", async () => {
  const lengths: number[] = [];
  const queue = new Queue((length) => lengths.push(length));
  await Promise.all([queue.run(() => after(1)), queue.run(() => after(1))]);
  expect(lengths).toEqual([1, 2, 1, 0]);
});
