/** Faithful and detailed: the dial, the brush and the map of the Upscale page, in pixels of its downloads. */
import { expect, test } from '@playwright/test';
import { agreeWithInput } from '../src/imaging/agree.ts';
import type { Rgba8 } from '../src/imaging/image.ts';
import { tell } from '../tests/support/soak.ts';
import { addImage, download, openPage, pixels, row, smallPng } from './helpers.ts';
import { serveTinyWeights } from './tiny-weights.ts';

test('the detail dial blends with the faithful picture, which it makes when it is first turned', async ({
  page,
  context,
}) => {
  await serveTinyWeights(context);
  await openPage(page, { options: { tile: 16 } });
  await addImage(page, { name: 'dial.png', mimeType: 'image/png', buffer: await smallPng(24, 16) });
  const item = row(page, 'dial.png');
  const dial = page.getByRole('slider', { name: 'Detail' });
  const file = page.getByRole('button', { name: 'Download', exact: true });
  const result = async () => pixels((await download(page, file)).bytes);
  await item.getByRole('button', { name: 'Upscale' }).click();
  await expect(item).toContainText('Done in');
  await expect(dial).toHaveValue('100');
  const detailed = await result();

  await dial.press('Home');
  await expect(page.getByRole('progressbar', { name: 'Making the faithful picture' })).toHaveCount(0);
  await expect.poll(async () => (await result()).data.join() !== detailed.data.join()).toBe(true);
  const faithful = await result();
  for (let i = 0; i < 5; i++) await dial.press('PageUp');
  await expect(dial).toHaveValue('50');
  const isBetween = async () => {
    const middle = await result();
    return middle.data.every(
      (value, i) => Math.abs(value - ((faithful.data[i] ?? 0) + (detailed.data[i] ?? 0)) / 2) <= 0.5,
    );
  };
  await expect.poll(isBetween).toBe(true);

  await page.reload();
  await item.getByRole('button').first().click();
  await expect(dial).toHaveValue('50');
  expect(await isBetween()).toBe(true);
  await dial.press('End');
  await expect.poll(async () => (await result()).data.join() === detailed.data.join()).toBe(true);

  await page.getByRole('button', { name: 'Paint where the picture stays faithful' }).click();
  await page.getByRole('slider', { name: 'Brush size' }).press('End');
  const canvas = await page.getByRole('img', { name: /before and after/ }).boundingBox();
  if (!canvas) throw new Error('There is no canvas.');
  const middle = { x: canvas.x + canvas.width / 2, y: canvas.y + canvas.height / 2 };
  await page.mouse.move(middle.x, middle.y);
  await page.mouse.down();
  await page.mouse.move(middle.x + 30, middle.y, { steps: 3 });
  await page.mouse.up();
  const at = ({ width, data }: Rgba8, x: number, y: number) => [
    ...data.slice(4 * (y * width + x), 4 * (y * width + x) + 3),
  ];
  const isPainted = async () => {
    const painted = await result();
    return (
      at(painted, 50, 32).join() === at(faithful, 50, 32).join() &&
      at(painted, 2, 2).join() === at(detailed, 2, 2).join()
    );
  };
  await expect.poll(isPainted).toBe(true);
  await page.reload();
  await item.getByRole('button').first().click();
  await expect(dial).toHaveValue('100');
  expect(await isPainted()).toBe(true);
  await page.getByRole('button', { name: 'Paint where the picture stays faithful' }).click();
  await page.getByRole('button', { name: 'Protect nothing' }).click();
  await expect.poll(async () => (await result()).data.join() === detailed.data.join()).toBe(true);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(isPainted).toBe(true);
  // Where one paints, the brush has its keys.
  const share = page.getByText(/\d+ % protected/);
  const before = await share.innerText();
  await page.mouse.move(middle.x, middle.y);
  await page.mouse.down();
  await page.mouse.move(canvas.x + 30, canvas.y + 60, { steps: 6 });
  await page.mouse.up();
  await expect(share).not.toHaveText(before);
  await page.keyboard.press('Control+z');
  await expect(share).toHaveText(before);
  await page.keyboard.press('Escape');
  await expect(page.getByRole('toolbar', { name: 'Protect' })).toHaveCount(0);

  await page.getByRole('button', { name: 'Show what was invented' }).click();
  const map = page.getByRole('region', { name: 'What was invented' });
  await expect(map).toContainText(/of 255; mean [\d.]+, most \d+/);
  const mapped = await download(page, map.getByRole('button', { name: 'Download the map' }));
  expect(mapped.name).toBe('dial-invented.png');
  expect(await pixels(mapped.bytes)).toMatchObject({ width: 24, height: 16 });
  const beyond = await map.getByText(/^of 255; mean/).innerText();
  // The map is of the picture on screen: nothing of the faithful end is invented.
  await dial.press('Home');
  await expect(map).toContainText('of 255; mean 0.0, most 0');
  await dial.press('End');
  await expect(map).toContainText(beyond);
  await map.getByLabel('Measure of the map').selectOption('spread over seeds');
  await map.getByRole('button', { name: /^Measure it: 3 more runs, about [\d.]+ s$/ }).click();
  await expect(map).toContainText(/of 255; mean [\d.]+, most \d+/);
  const spread = await download(page, map.getByRole('button', { name: 'Download the map' }));
  expect(spread.name).toBe('dial-spread.png');
  expect(await pixels(spread.bytes)).toMatchObject({ width: 24, height: 16 });
  // Random weights leave the colours' scale in both maps.
  expect(await map.getByText(/^of 255; mean/).innerText()).not.toBe(beyond);
  await page.getByRole('button', { name: 'Show what was invented' }).click();

  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByLabel('Method').selectOption('l2');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Redo with the current settings' }).click();
  await expect(dial).toBeHidden();
  await expect(item).toContainText('Done in');
  expect((await result()).data.join()).toBe(faithful.data.join());
});

test('a result is made to agree with its input, and says how well it does', async ({ page, context }) => {
  await serveTinyWeights(context);
  await openPage(page, { options: { tile: 16 } });
  const buffer = await smallPng(24, 16);
  const lr = await pixels(buffer);
  await addImage(page, { name: 'dial.png', mimeType: 'image/png', buffer });
  const item = row(page, 'dial.png');
  const file = page.getByRole('button', { name: 'Download', exact: true });
  const result = async () => pixels((await download(page, file)).bytes);
  await item.getByRole('button', { name: 'Upscale' }).click();
  await expect(item).toContainText('Done in');
  const before = await result();
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByLabel('Agree with the input').check();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Redo with the current settings' }).click();
  const said = page.getByText(/agrees with the input to [\d.]+ dB/);
  await expect(item).toContainText('Done in');
  await expect(said).toBeVisible();
  // The download has what is said; random weights may leave the range of colours too far for 45 dB.
  const reached = (await agreeWithInput(await result(), lr)).before;
  expect(await said.textContent()).toContain(`agrees with the input to ${reached.toFixed(1)} dB`);
  expect(reached).toBeGreaterThan((await agreeWithInput(before, lr)).before);
  await page.reload();
  await item.getByRole('button').first().click();
  await expect(said).toBeVisible();
  expect((await agreeWithInput(await result(), lr)).before).toBe(reached);
});

test('Cancel stops agreeing once all tiles are there, and Resume agrees after all', async ({ page, context }) => {
  await serveTinyWeights(context);
  // Cancels as the last tile comes, which no press could be sure to meet.
  await page.addInitScript(() => {
    let isCancelled = false;
    window.Worker = class extends Worker {
      constructor(url: string | URL, options?: WorkerOptions) {
        super(url, options);
        this.addEventListener('message', ({ data }) => {
          if (isCancelled || data.type !== 'job' || !data.progress || data.progress.share < 1) return;
          isCancelled = true;
          this.postMessage({ type: 'cancel', id: data.id });
        });
      }
    };
  });
  await openPage(page, { options: { tile: 16 } });
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByLabel('Agree with the input').check();
  await page.keyboard.press('Escape');
  await addImage(page, { name: 'dial.png', mimeType: 'image/png', buffer: await smallPng(24, 16) });
  const item = row(page, 'dial.png');
  await item.getByRole('button', { name: 'Upscale' }).click();
  await item.getByRole('button', { name: 'Resume' }).click();
  await expect(item).toContainText('Done in');
  await expect(page.getByText(/agrees with the input to [\d.]+ dB/)).toBeVisible();
});

test('a turn of the dial over 4 megapixels is drawn without a network', { tag: '@long' }, async ({ page, context }) => {
  await serveTinyWeights(context);
  await openPage(page, { backend: 'wasm', options: { tile: 128 } });
  await addImage(page, { name: 'large.png', mimeType: 'image/png', buffer: await smallPng(512, 512) });
  const item = row(page, 'large.png');
  const dial = page.getByRole('slider', { name: 'Detail' });
  await item.getByRole('button', { name: 'Upscale' }).click();
  await expect(item).toContainText('Done in', { timeout: 180_000 });
  await dial.press('Home');
  await expect(page.getByRole('progressbar', { name: 'Making the faithful picture' })).toHaveCount(0, {
    timeout: 180_000,
  });
  const tasks = await dial.evaluate(async (input: HTMLInputElement) => {
    const setValue = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set;
    const frame = () => new Promise<number>(requestAnimationFrame);
    const times: number[] = [];
    for (let value = 1; value <= 99; value += 2) {
      await frame();
      const turned = performance.now();
      setValue?.call(input, String(value));
      input.dispatchEvent(new Event('input', { bubbles: true }));
      const handled = performance.now() - turned;
      const began = await frame();
      // The frame's callbacks draw; a message comes after them and after the layout.
      await new Promise((resolve) => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = resolve;
        port2.postMessage(null);
      });
      times.push(handled + performance.now() - began);
    }
    return times.sort((a, b) => a - b);
  });
  const round = (ms: number) => Math.round(10 * ms) / 10;
  const [middle = 0, slow = 0] = [0.5, 0.95].map((part) => tasks[Math.floor(part * (tasks.length - 1))]);
  tell('a turn of the dial over 2048 × 2048 px', { 'ms, median': round(middle), 'ms, 95th percentile': round(slow) });
  await expect(page.getByRole('progressbar')).toHaveCount(0);
  await expect(dial).toHaveValue('99');
});
