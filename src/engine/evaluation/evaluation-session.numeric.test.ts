/** The Evaluate page's conversation, with the smallest networks, and files and rows in memory. */
import { afterAll, describe, expect, it } from 'vitest';
import { broken, decode, evaluationBackend, photos, visit } from '../../../tests/support/evaluation-visit.ts';
import { metricFile } from '../../../tests/support/metric-file.ts';
import { tinyModel } from '../../../tests/support/tiny-model.ts';
import type { Rgba8 } from '../../imaging/image.ts';
import { psnrY } from '../../imaging/metrics/fidelity.ts';
import type { ManifestFile } from '../../presets/manifest.ts';
import type { EvaluationReport } from '../../protocol/evaluate.ts';
import { Files } from '../storage/files.ts';
import { memoryRows } from './evaluation-store.ts';

afterAll(() => evaluationBackend.dispose());

const numbers = ({ methods }: EvaluationReport) =>
  methods.map(({ method, images }) => [method, images.map(({ name, psnrY, ssimY }) => [name, psnrY, ssimY])]);

describe('an evaluation', () => {
  it('takes pictures, runs, is cancelled, goes on after a reload, and ends with the same numbers', async () => {
    const [files, rows] = [new Files(), memoryRows()];
    const first = await visit(files, rows);
    expect(first.state()).toMatchObject({ done: 0, total: 0, running: false, set: { count: 0, fault: null } });
    await first.send({ type: 'evaluation-add', role: 'hr', files: [photos[1], broken, photos[0]] });
    expect(first.notices).toEqual(['broken.png: This is no picture.']);
    await first.send({ type: 'evaluation-set', revision: 1, change: { methods: ['bicubic', 'sinsr'] } });
    expect(first.state()).toMatchObject({ done: 0, total: 4, pictures: { hr: { count: 2 } }, set: { count: 2 } });

    let measured = 0;
    first.onRow = () => {
      if (++measured === 3) void first.send({ type: 'evaluation-cancel' });
    };
    await first.send({ type: 'evaluation-run' });
    await first.ended();
    expect(first.state()).toMatchObject({ done: 3, total: 4, running: false, fault: null });

    const second = await visit(files, rows);
    expect(second.state()).toMatchObject({ done: 3, total: 4, setup: { methods: ['bicubic', 'sinsr'] } });
    expect(numbers(second.report())).toEqual(numbers(first.report()));
    second.onRow = () => measured++;
    await second.send({ type: 'evaluation-run' });
    await second.ended();
    expect(measured).toBe(4);
    expect(second.state()).toMatchObject({ done: 4, total: 4 });
    const [bicubic, sinsr] = second.report().methods;
    expect(bicubic?.images.map(({ name }) => name)).toEqual(['animal_chelsea.png', 'urban_china-0.png']);
    expect(sinsr?.psnrY).toBeGreaterThan(5);
    // The weights are in a row's key by one hash, not file by file.
    for (const { key } of await rows.all()) expect(key).not.toContain('safetensors');

    // Other pictures are others to measure; what was measured comes back with the old ones.
    await second.send({ type: 'evaluation-set', revision: 1, change: { degradation: 'realesrgan-test' } });
    expect(second.state()).toMatchObject({ done: 0, total: 4 });
    await second.send({ type: 'evaluation-set', revision: 1, change: { degradation: 'bicubic' } });
    expect(second.state().done).toBe(4);
    await second.send({ type: 'evaluation-forget' });
    expect(second.state().done).toBe(0);
    expect(second.report().methods).toEqual([]);
  });

  it('keeps its pictures over a reload, and tells how long the rest takes by what ran before', async () => {
    const [files, rows] = [new Files(), memoryRows()];
    const first = await visit(files, rows);
    await first.send({ type: 'evaluation-add', role: 'hr', files: photos });
    await first.send({ type: 'evaluation-set', revision: 1, change: { methods: ['bicubic', 'lanczos'] } });
    const megapixels = expect.closeTo((2 * 96 * 192) / 1e6);
    expect(first.state().left).toEqual([
      { method: 'bicubic', megapixels, secondsPerMegapixel: null },
      { method: 'lanczos', megapixels, secondsPerMegapixel: null },
    ]);
    await first.send({ type: 'evaluation-run' });
    await first.ended();
    expect(first.state().left).toEqual([]);

    const second = await visit(files, rows);
    const { lr, truth, outputs } = await second.look('animal_chelsea.png');
    expect(outputs.map(({ method }) => method)).toEqual(['bicubic', 'lanczos']);
    const sizes = await Promise.all([lr, truth as Blob, ...outputs.map(({ file }) => file)].map(decode));
    expect(sizes.map(({ width, height }) => [width, height])).toEqual([[24, 48], ...Array(3).fill([96, 192])]);
    expect(psnrY(sizes[2] as Rgba8, sizes[1] as Rgba8)).toBe(second.report().methods[0]?.images[0]?.psnrY);
    // Other pictures, at the pace of these.
    await second.send({ type: 'evaluation-set', revision: 1, change: { degradation: 'realesrgan-test' } });
    expect(second.state().left[0]?.secondsPerMegapixel).toBeGreaterThan(0);
    expect((await second.look('animal_chelsea.png')).outputs).toEqual([]);
    await second.send({ type: 'evaluation-set', revision: 2, change: { degradation: 'bicubic' } });
    await second.send({ type: 'evaluation-forget' });
    expect((await second.look('animal_chelsea.png')).outputs).toEqual([]);
  });

  it('offers a network that the user taught, whose rows outlive a renaming, and which voids no others', async () => {
    const { manifest, source } = await tinyModel();
    const [network] = manifest.files.filter(({ role }) => role === 'student');
    const taught = (name: string) => ({ ...network, method: `taught:${name}@0123abcd` }) as ManifestFile;
    let own: ManifestFile[] = [];
    const layered = () => ({ ...source, manifest: async () => ({ ...manifest, files: [...manifest.files, ...own] }) });
    const evaluation = await visit(new Files(), memoryRows(), layered);
    const { send, session, state, report } = evaluation;
    await send({ type: 'evaluation-add', role: 'hr', files: [photos[0]] });
    await send({ type: 'evaluation-set', revision: 1, change: { methods: ['sinsr'] } });
    await send({ type: 'evaluation-run' });
    await evaluation.ended();
    expect(state()).toMatchObject({ done: 1, total: 1 });

    own = [taught('My owls')];
    await session.weightsChanged();
    expect(state()).toMatchObject({ done: 1, total: 1 });
    expect(state().offered).toContain('taught:My owls@0123abcd');
    const methods = ['sinsr', 'taught:My owls@0123abcd'] as const;
    await send({ type: 'evaluation-set', revision: 2, change: { methods } });
    await send({ type: 'evaluation-run' });
    await evaluation.ended();
    expect(report().methods.map(({ method }) => method)).toEqual(methods);
    const [sinsr, owls] = report().methods;
    expect(owls?.psnrY).toBe(sinsr?.psnrY);

    own = [taught('Barn owls')];
    await session.renamed('taught:My owls@0123abcd', 'taught:Barn owls@0123abcd');
    expect(state()).toMatchObject({ done: 2, total: 2, setup: { methods: ['sinsr', 'taught:Barn owls@0123abcd'] } });
    expect(report().methods[1]).toMatchObject({ method: 'taught:Barn owls@0123abcd', psnrY: owls?.psnrY });
    own = [];
    await session.renamed('taught:Barn owls@0123abcd', null);
    expect(state()).toMatchObject({ done: 1, total: 1, setup: { methods: ['sinsr'] } });
  });

  it('goes on by itself when the engine was opened anew', async () => {
    const evaluation = await visit(new Files(), memoryRows());
    await evaluation.send({ type: 'evaluation-add', role: 'hr', files: photos });
    await evaluation.send({ type: 'evaluation-set', revision: 1, change: { methods: ['bicubic', 'lanczos'] } });
    let measured = 0;
    evaluation.onRow = () => {
      if (++measured === 1) evaluation.reopen();
    };
    await evaluation.send({ type: 'evaluation-run' });
    await evaluation.ended();
    expect([measured, evaluation.state().done, evaluation.state().fault]).toEqual([4, 4, null]);
  });

  it('measures with ONNX files, and refuses wrong ones with a sentence', async () => {
    const evaluation = await visit(new Files(), memoryRows());
    const onnx = async (name: string, kind: Parameters<typeof metricFile>[0]['kind']) =>
      new File([await metricFile({ kind }).arrayBuffer()], name);
    await evaluation.send({ type: 'evaluation-add-model', use: 'metric', file: await onnx('map.onnx', 'map') });
    await evaluation.send({ type: 'evaluation-add-model', use: 'auto', file: new File(['x'], 'x.onnx') });
    expect(evaluation.notices[0]).toContain("map.onnx: The model can't measure pictures here: expected one number");
    expect(evaluation.notices[1]).toContain('x.onnx: The file is no ONNX model');
    expect(evaluation.state().files).toEqual([]);
    await evaluation.send({ type: 'evaluation-add-model', use: 'auto', file: await onnx('MSE.onnx', 'distance') });
    await evaluation.send({ type: 'evaluation-add-model', use: 'metric', file: await onnx('FID.onnx', 'features') });
    expect(evaluation.state().files.map(({ metric }) => `${metric?.name} ${metric?.kind}`)).toEqual([
      'MSE full-reference',
      'FID features',
    ]);
    await evaluation.send({ type: 'evaluation-add', role: 'hr', files: photos });
    await evaluation.send({ type: 'evaluation-set', revision: 1, change: { methods: ['bicubic'] } });
    await evaluation.send({ type: 'evaluation-run' });
    await evaluation.ended();
    const [bicubic] = evaluation.report().methods;
    expect(bicubic?.perceptual?.MSE).toBeGreaterThan(0);
    expect(bicubic?.frechet?.FID).toBeGreaterThanOrEqual(0);
    await evaluation.send({ type: 'evaluation-remove-model', name: 'MSE' });
    expect(evaluation.state()).toMatchObject({ done: 0, files: [{ name: 'FID' }] });
  });

  it('shows why a picture failed, measures the others, and runs it again', async () => {
    const evaluation = await visit(new Files(), memoryRows());
    await evaluation.send({ type: 'evaluation-add', role: 'hr', files: photos });
    await evaluation.send({ type: 'evaluation-set', revision: 1, change: { methods: ['bicubic'] } });
    evaluation.failing = photos[1].size;
    await evaluation.send({ type: 'evaluation-run' });
    await evaluation.ended();
    const fault = 'urban_china-0.png: The disk has failed.';
    expect(evaluation.state()).toMatchObject({ done: 1, total: 2, fault });
    const rows = () => evaluation.report().methods[0]?.images ?? [];
    expect(rows().map((row) => [row.psnrY !== undefined, row.fault])).toEqual([
      [true, undefined],
      [false, fault],
    ]);
    evaluation.failing = -1;
    await evaluation.send({ type: 'evaluation-run' });
    await evaluation.ended();
    expect(evaluation.state()).toMatchObject({ done: 2, total: 2, fault: null });
    expect(rows().map((row) => row.fault)).toEqual([undefined, undefined]);
  });

  it('pairs by name, and says what does not fit', async () => {
    const evaluation = await visit(new Files(), memoryRows());
    await evaluation.send({ type: 'evaluation-add', role: 'hr', files: photos });
    await evaluation.send({ type: 'evaluation-add', role: 'lr', files: [photos[0]] });
    await evaluation.send({ type: 'evaluation-set', revision: 1, change: { set: 'pairs' } });
    expect(evaluation.state().set.fault).toMatch(
      /animal_chelsea: the HR picture \(96 × 192 px\) is not ×4 of the LR one/,
    );
    await evaluation.send({
      type: 'evaluation-set',
      revision: 1,
      change: { set: 'blind', methods: ['bicubic', 'autoencoder'] },
    });
    expect(evaluation.state()).toMatchObject({ set: { count: 1, fault: null }, total: 1 });
    await evaluation.send({ type: 'evaluation-run' });
    await evaluation.ended();
    const [bicubic] = evaluation.report().methods;
    expect(bicubic?.psnrY).toBeUndefined();
    expect(bicubic?.niqe).toBeGreaterThan(0);
  });
});
