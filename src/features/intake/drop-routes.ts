/** Takes dropped, pasted and picked files where they belong, page by page. */
import { useCallback } from 'react';
import { useActions, useApp } from '../../store/context.ts';
import type { Actions, AppModel } from '../../store/store.ts';
import { formatCount } from '../ui/format.ts';
import { goTo, type Page, pageTitles, parseHash } from '../ui/router.ts';
import { classify, type DroppedFiles } from './dropped-files.ts';

/** A page with a drop target of its own; elsewhere a drop goes to the queue of Upscale or to Models. */
export type DropPage = 'train' | 'compare' | 'evaluate' | 'upscale';

export const dropTexts: Readonly<Record<DropPage, string>> = {
  train: 'Drop pictures or folders to train on them, or a checkpoint, run or logbook to open it',
  compare: 'Drop a picture, pairs of LR and HR, or an ONNX model to compare',
  evaluate: 'Drop pictures to evaluate, a folder of another program’s outputs for them, or ONNX files',
  upscale: 'Drop images, folders or weights to add them',
};

export const dropPageOf = (page: Page): DropPage =>
  page === 'train' || page === 'compare' || page === 'evaluate' ? page : 'upscale';

/** Says what was left out of a drop. @param nothing said of a drop without any file; left out: nothing is said */
export function notifySkipped(
  notify: Actions['notify'],
  { files, skipped }: DroppedFiles,
  nothing: string | null = 'No images in there.',
): void {
  if (skipped > 0) notify('info', `${formatCount(skipped, 'file')} skipped: not an image by type.`);
  else if (files.length === 0 && nothing !== null) notify('info', nothing);
}

/** Adds pictures to the queue of Upscale. */
function toQueue({ addFiles, notify }: Actions, dropped: DroppedFiles): void {
  if (dropped.files.length > 0) addFiles(dropped.files);
  notifySkipped(notify, dropped);
}

const called = (files: readonly File[]) =>
  files.length === 1 ? `“${files[0]?.name}”` : formatCount(files.length, 'file');

/** Takes files to the page that has a use for them, and says so there. @param from the page on screen */
function take(actions: Actions, from: Page, page: 'upscale' | 'models', files: readonly File[]): void {
  if (page === 'models') actions.addWeights(files);
  else actions.addFiles(files);
  if (from === page) return;
  const use = page === 'models' ? 'weights are added' : 'pictures are upscaled';
  actions.notify('info', `${called(files)} went to ${pageTitles[page]}, where ${use}.`);
}

/** Weights go to Models, all else into the queue. */
function toUpscale(actions: Actions, dropped: DroppedFiles): void {
  const { checkpoints, safetensors, archives, onnx, pictures } = classify(dropped.files);
  const weights = [...checkpoints, ...safetensors];
  const files = [...pictures, ...archives, ...onnx];
  const from = parseHash(location.hash);
  goTo(weights.length > 0 ? 'models' : 'upscale');
  if (weights.length > 0) take(actions, from, 'models', weights);
  if (files.length > 0) take(actions, weights.length > 0 ? 'models' : from, 'upscale', files);
  if (weights.length === 0 || dropped.skipped > 0) notifySkipped(actions.notify, dropped);
}

/** Pictures and pairs, ONNX models; weights go to Models. */
function toCompare(actions: Actions, dropped: DroppedFiles): void {
  const { addModel, addToCompare, notify } = actions;
  const { checkpoints, safetensors, archives, onnx, pictures } = classify(dropped.files);
  const weights = [...checkpoints, ...safetensors];
  const others = [...pictures, ...archives];
  for (const model of onnx) addModel(model);
  if (others.length > 0) addToCompare(others);
  notifySkipped(notify, dropped);
  if (weights.length === 0) return;
  goTo('models');
  take(actions, 'compare', 'models', weights);
}

/** Pictures in their role; a folder beside a set that is there already: outputs for it. The engine finds out whether an ONNX file upscales or measures. */
function toEvaluation(actions: Actions, { store }: AppModel, dropped: DroppedFiles): void {
  const { onnx, ...others } = classify(dropped.files);
  for (const file of onnx) actions.addEvaluationModel('auto', file);
  const pictures = Object.values(others).flat();
  const { setup, set: there } = store.getState().evaluation.state ?? {};
  const set = setup?.set;
  if (pictures.length > 0 && dropped.folder !== undefined && there && there.count > 0) {
    actions.addEvaluationPictures(`result:${dropped.folder}`, pictures);
    actions.notify(
      'info',
      `“${dropped.folder}” is taken as another program’s outputs: more pictures are added with the buttons.`,
    );
  } else if (pictures.length > 0 && set === 'pairs') {
    actions.notify('info', 'HR or LR? Add the two folders of pairs with the two buttons.');
  } else if (pictures.length > 0) {
    actions.addEvaluationPictures(set === 'blind' ? 'lr' : 'hr', pictures);
  }
  notifySkipped(actions.notify, dropped, null);
}

/** Pictures to train on, and one checkpoint or run to open; the engine finds out what is in it. */
function toTraining({ addTrainingPictures, importRun, notify }: Actions, dropped: DroppedFiles): void {
  const { checkpoints, safetensors, archives, logbooks, onnx, pictures } = classify(dropped.files);
  const [first, ...more] = [...safetensors, ...archives, ...logbooks];
  const [network] = checkpoints;
  if (first) importRun(first);
  if (more.length > 0) notify('info', `Only ${first?.name} is opened: drop one checkpoint, run or logbook at a time.`);
  if (network) notify('warning', `${network.name} is the weights of a network, not a run: add it on the Models page.`);
  const others = [...pictures, ...onnx];
  if (others.length > 0) addTrainingPictures(others);
  notifySkipped(notify, dropped, 'No pictures in there.');
}

/** Logbooks go to Train from anywhere. @returns what else was dropped; null: nothing */
function takeLogbooks(actions: Actions, dropped: DroppedFiles): DroppedFiles | null {
  const { logbooks } = classify(dropped.files);
  if (logbooks.length === 0) return dropped;
  goTo('train');
  actions.notify('info', `${called(logbooks)} went to Train, where logbooks are opened.`);
  toTraining(actions, { files: logbooks, skipped: 0 });
  const files = dropped.files.filter((file) => !logbooks.includes(file));
  return files.length > 0 || dropped.skipped > 0 ? { ...dropped, files } : null;
}

/** Routes files by kind to one of the pages. */
export function routeDrop(page: DropPage, app: AppModel, all: DroppedFiles): void {
  const { actions } = app;
  const dropped = page === 'train' ? all : takeLogbooks(actions, all);
  if (dropped === null) return;
  if (page === 'train') toTraining(actions, dropped);
  else if (page === 'compare') toCompare(actions, dropped);
  else if (page === 'evaluate') toEvaluation(actions, app, dropped);
  else toUpscale(actions, dropped);
}

export function useDropRoute(page: DropPage): (dropped: DroppedFiles) => void {
  const app = useApp();
  return useCallback((dropped) => routeDrop(page, app, dropped), [page, app]);
}

/** The queue's own picker: weights picked there are refused as pictures, and the page stays. */
export function useQueueRoute(): (dropped: DroppedFiles) => void {
  const actions = useActions();
  return useCallback((dropped) => toQueue(actions, dropped), [actions]);
}
