/** Outputs of another program on the Evaluate page: a row beside the methods. */
import sharp from 'sharp';
import { afterAll, expect, it } from 'vitest';
import { broken, evaluationBackend, photos, visit } from '../../../tests/support/evaluation-visit.ts';
import { Files } from '../storage/files.ts';
import { memoryRows } from './evaluation-store.ts';

afterAll(() => evaluationBackend.dispose());

it('scores outputs of another program as its own, by name, and names what is amiss', async () => {
  const [files, rows] = [new Files(), memoryRows()];
  const evaluation = await visit(files, rows);
  await evaluation.send({ type: 'evaluation-add', role: 'hr', files: photos });
  await evaluation.send({ type: 'evaluation-set', revision: 1, change: { methods: ['bicubic'] } });
  const run = async () => {
    await evaluation.send({ type: 'evaluation-run' });
    await evaluation.ended();
  };
  await run();
  const outputs: File[] = [];
  for (const { name } of photos) {
    const [bicubic] = (await evaluation.look(name)).outputs;
    outputs.push(new File([bicubic?.file as Blob], name));
  }
  const theirs = 'result:LDM-15';
  const add = (added: readonly (File | undefined)[]) =>
    evaluation.send({ type: 'evaluation-add', role: theirs, files: added.filter((file) => file !== undefined) });
  await add(outputs);
  expect(evaluation.state()).toMatchObject({ done: 2, total: 4, results: [{ method: theirs, count: 2 }] });
  await run();
  const [own, other] = evaluation.report().methods;
  const untimed = (result = own) => ({
    ...result,
    method: '',
    msPerMegapixel: 0,
    images: result?.images.map((row) => ({ ...row, ms: 0 })),
  });
  expect(untimed(other)).toEqual(untimed(own));
  expect(other).toMatchObject({ method: theirs, msPerMegapixel: null });

  // Another picture of the name is measured anew; a damaged one, one too many and one of a wrong size are named.
  const [first, second] = photos;
  await add([second && new File([second], first.name), new File([second as Blob], 'other.png'), broken]);
  expect(evaluation.notices).toEqual(['broken.png: This is no picture.']);
  expect(evaluation.state().set.notes).toEqual(['LDM-15: of no picture of the set: other.png.']);
  expect(evaluation.state()).toMatchObject({ done: 3, total: 4 });
  const small = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#6a5' } })
    .png()
    .toBuffer();
  await add([new File([new Uint8Array(small)], first.name)]);
  await run();
  expect(evaluation.state().fault).toBe(`${first.name}: The output is 8 × 8 px; ×4 of the LR picture is 96 × 192 px.`);
  expect(evaluation.report().methods[1]?.images[1]).toEqual(other?.images[1]);

  // The row is there after a reload, and goes with its pictures; of those, one is missing then.
  const again = await visit(files, rows);
  expect(again.state()).toMatchObject({ done: 3, results: [{ method: theirs, count: 3 }] });
  await again.send({ type: 'evaluation-clear', role: theirs });
  expect(again.state()).toMatchObject({ done: 2, total: 2, results: [], setup: { methods: ['bicubic'] } });
  await again.send({ type: 'evaluation-add', role: theirs, files: outputs.slice(1) });
  await again.send({ type: 'evaluation-run' });
  await again.ended();
  expect(again.state().fault).toBe(`LDM-15 has no output for ${first.name}.`);
  expect(again.report().methods[1]?.images.map(({ psnrY }) => psnrY === undefined)).toEqual([true, false]);
});
