/** The page itself: accessible, operable by keyboard, and whole at every width. */
import { expect, type Locator, type Page, test } from '@playwright/test';
import { addImage, atWidths, expectAccessible, expectNoOverflow, openPage, row, smallPng } from './helpers.ts';
import { serveTinyWeights } from './tiny-weights.ts';

test.beforeEach(({ context }) => serveTinyWeights(context));

const small = async () => ({ name: 'small.png', mimeType: 'image/png', buffer: await smallPng(16, 12) });

test('Upscale, Diagnosis and About are free of axe violations', async ({ page }) => {
  await openPage(page, { options: { tile: 16 } });
  await addImage(page, await small());
  await expect(row(page, 'small.png')).toContainText('Ready');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expectAccessible(page);
  for (const name of ['Diagnosis', 'About']) {
    await page.goto(`/#/${name.toLowerCase()}`);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await expectAccessible(page);
  }
});

test('WebAssembly computes on every core', async ({ page }) => {
  await openPage(page, { backend: 'wasm', options: { tile: 16 } }, '#/diagnosis');
  const cores = await page.evaluate(() => navigator.hardwareConcurrency);
  await expect(page.getByText(`on the processor, ${Math.min(8, cores)} threads`)).toBeVisible();
});

test('About leads to the notices of all packages in the build, those of the workers too', async ({ page }) => {
  await openPage(page, {}, '#/about');
  const href = await page.getByRole('link', { name: 'licences.md' }).getAttribute('href');
  const notices = await (await page.request.get(`/${href}`)).text();
  for (const name of ['react', '@tensorflow/tfjs-core', '@jsquash/avif', 'onnxruntime-web'])
    expect(notices).toContain(`\n## ${name} `);
});

/** Controls that leave their panel to the left or right. */
const sticksOut = () =>
  [...document.querySelectorAll('section')].flatMap((panel) => {
    const { left, right } = panel.getBoundingClientRect();
    const controls = [...panel.querySelectorAll('button, a, select, input')];
    return controls.flatMap((control) => {
      // The folder picker's own input is never seen.
      if (!control.checkVisibility()) return [];
      const box = control.getBoundingClientRect();
      const inside = box.left >= left - 1 && box.right <= right + 1;
      return inside ? [] : [`${control.ariaLabel ?? control.textContent}: ${box.left} to ${box.right}`];
    });
  });

test('nothing sticks out, at any width', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 900 });
  await openPage(page, { options: { tile: 16 } });
  await addImage(page, { name: 'hours.png', mimeType: 'image/png', buffer: await smallPng(2400, 2400) });
  await expect(row(page, 'hours.png')).toContainText(/about .* 22,500 tiles/, { timeout: 180_000 });
  await addImage(page, { name: 'text.png', mimeType: 'image/png', buffer: Buffer.from('no image') });
  await expect(page.getByText(/text.png: The file is not/)).toBeVisible();
  await atWidths(page, [360, 800, 1280, 2560, 3840], async (width) => {
    await expectNoOverflow(page, width);
    await expect.poll(() => page.evaluate(sticksOut)).toEqual([]);
  });
});

/** Pixels by which the document is higher than its window and the page in it: something hidden would stretch it. */
const stretched = () => {
  const page = document.querySelector('[data-page]')?.getBoundingClientRect().height ?? 0;
  return document.documentElement.scrollHeight - Math.max(innerHeight, Math.ceil(page));
};

test('nothing hidden stretches a page, and those that scroll their own parts stand still', async ({ page }) => {
  await openPage(page, { options: { tile: 16 } }, '#/train');
  await expect(page.getByRole('region', { name: 'Forces' })).toBeAttached();
  for (const name of ['train', 'upscale', 'compare', 'gallery', 'evaluate', 'models', 'diagnosis', 'about', 'tour']) {
    await page.goto(`/#/${name}`);
    await expect(page.getByRole('heading', { level: 1 })).toBeAttached();
    for (const size of [
      { width: 1280, height: 800 },
      { width: 360, height: 800 },
    ]) {
      await page.setViewportSize(size);
      await expect.poll(() => page.evaluate(stretched), `${name}, ${size.width} px`).toBeLessThanOrEqual(0);
      if (size.width === 360 || !['train', 'upscale', 'compare', 'gallery'].includes(name)) continue;
      expect(await page.evaluate(() => document.documentElement.scrollHeight), name).toBe(size.height);
    }
  }
});

test('a finished image, a refused file and the shortcuts are free of axe violations', async ({ page }) => {
  await openPage(page, { options: { tile: 16 } });
  await addImage(page, await small());
  await row(page, 'small.png').getByRole('button', { name: 'Upscale' }).click();
  await addImage(page, { name: 'text.png', mimeType: 'image/png', buffer: Buffer.from('no image') });
  await expect(row(page, 'small.png')).toContainText('Done in');
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Side by side' }).click();
  await page.getByLabel('File format').selectOption('jpeg');
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Keyboard shortcuts' }).click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await expectAccessible(page);
});

test('upscaling and comparing need no mouse', async ({ page }) => {
  await openPage(page, { options: { tile: 16 } });
  await addImage(page, await small());
  const item = row(page, 'small.png');
  await item.getByRole('button').first().focus();
  await page.keyboard.press('Shift+Enter');
  await expect(item).toContainText('Done in');

  const line = page.getByRole('slider', { name: 'Comparison line' });
  await line.focus();
  const value = async () => Number(await line.getAttribute('aria-valuenow'));
  await page.keyboard.press('Home');
  expect(await value()).toBe(0);
  await page.keyboard.press('ArrowRight');
  expect(await value()).toBeGreaterThan(0);
  await page.keyboard.press('End');
  expect(await value()).toBe(100);

  await page.keyboard.press('1');
  await expect(page.getByRole('textbox', { name: 'Zoom in percent' })).toHaveValue(/^100/);
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
});

/** Watches how far things jump by themselves, from the page's start on. */
const watchShifts = () => {
  const seen = { total: 0 };
  Object.assign(window, { seen });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as (PerformanceEntry & { value: number; hadRecentInput: boolean })[]) {
      if (!entry.hadRecentInput) seen.total += entry.value;
    }
  }).observe({ type: 'layout-shift', buffered: true });
};
const shifted = (page: Page) => page.evaluate(() => (window as unknown as { seen: { total: number } }).seen.total);

test('nothing jumps on load, nor when a picture is upscaled, whose zoom stays', async ({ page }) => {
  await page.addInitScript(watchShifts);
  await openPage(page, { options: { tile: 16 } });
  await expect(page.getByText(/photo takes about/)).toBeVisible();
  expect(await shifted(page)).toBeLessThanOrEqual(0.05);
  await addImage(page, { ...(await small()), buffer: await smallPng(60, 40) });
  await expect(row(page, 'small.png')).toContainText('Ready');
  const zoom = () => page.getByRole('textbox', { name: 'Zoom in percent' }).inputValue();
  const before = await zoom();
  const atStart = await shifted(page);
  await row(page, 'small.png').getByRole('button', { name: 'Upscale' }).click();
  await expect(row(page, 'small.png')).toContainText('Done in');
  expect(await zoom()).toBe(before);
  expect((await shifted(page)) - atStart).toBeLessThanOrEqual(0.05);
});

test('Evaluate and Diagnosis do not jump when the engine answers', async ({ page }) => {
  await page.addInitScript(watchShifts);
  await openPage(page, {}, '#/evaluate');
  await expect(page.getByRole('group', { name: 'Methods to run' })).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Several sets, and the paper’s numbers' })).toBeVisible();
  expect(await shifted(page)).toBeLessThanOrEqual(0.05);
  await page.goto('about:blank');
  await openPage(page, {}, '#/diagnosis');
  await expect(page.getByText(/operations agree with the CPU/)).toBeVisible();
  await expect(page.getByRole('button', { name: 'Measure' })).toBeEnabled();
  // Lines of findings that are longer than was foreseen.
  expect(await shifted(page)).toBeLessThanOrEqual(0.1);
});

test('opens with a result of its own beside smooth enlargement, before there is an engine', async ({ page }) => {
  await page.route(/worker-.*\.js/, () => new Promise(() => {}));
  await openPage(page);
  const pair = page.getByRole('figure', { name: 'Before and after' });
  await expect(pair).toContainText(/made by this page’s network \(.*\) in .* on .*/);
  const sizes = () =>
    pair.getByRole('img').evaluateAll((images: HTMLImageElement[]) => images.map((image) => image.naturalWidth));
  await expect.poll(sizes).toEqual([1024, 1024]);
  const box = await pair.boundingBox();
  expect((box?.width ?? 0) * (box?.height ?? 0)).toBeGreaterThan(0.6 * 1280 * 800);
  await pair.getByRole('slider').press('End');
  await expect(pair.getByRole('slider')).toHaveAttribute('aria-valuenow', '100');
});

test('the keyboard skips to the page, reaches a sample in three steps, and keeps its place', async ({ page }) => {
  await openPage(page, { options: { tile: 16 } });
  await expect(page.getByText('Pictures ×4')).toBeVisible();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('button', { name: 'Skip to the page' })).toBeFocused();
  await page.keyboard.press('Enter');
  for (let i = 0; i < 3; i++) await page.keyboard.press('Tab');
  const sample = page.getByRole('button', { name: /Add sample/ }).first();
  await expect(sample).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('listitem').getByRole('button').first()).toBeFocused();
});

/** Presses a control, and counts frames until its words, its state or what is on the page changes; 100 for never. */
const framesUntilShown = (control: Locator) =>
  control.evaluate(async (element) => {
    let shown = false;
    const watch = new MutationObserver(() => {
      shown = true;
    });
    watch.observe(document.documentElement, { subtree: true, childList: true, characterData: true, attributes: true });
    (element as HTMLElement).click();
    let count = 0;
    while (!shown && count < 100) {
      await new Promise(requestAnimationFrame);
      count++;
    }
    watch.disconnect();
    return count;
  });

test('every press shows in the next frames while the engine is busy', async ({ page }) => {
  await page.route(/worker-.*\.js/, () => new Promise(() => {}));
  await openPage(page, { options: { tile: 16 } });
  await addImage(page, await small());
  const item = row(page, 'small.png');
  await expect(item).toContainText('16 × 12');
  const main = page.getByRole('main');
  const button = (name: string) => main.getByRole('button', { name, exact: true });
  /** 100 ms are six frames. */
  const press = async (control: Locator) =>
    expect(await framesUntilShown(control), String(control)).toBeLessThanOrEqual(6);
  let pressed = 0;
  const pressAll = async (...controls: readonly Locator[]) => {
    for (const control of controls) await press(control);
    pressed += controls.length;
  };

  await pressAll(item.getByRole('button', { name: 'Upscale' }), item.getByRole('button', { name: 'Cancel' }));
  await pressAll(...['Side by side', 'Output', 'Input', 'Slider'].map(button));
  await pressAll(
    ...['Zoom in', 'Zoom out', 'Smooth pixels', 'Frame a part to upscale'].map((name) =>
      main.getByRole('button', { name }),
    ),
  );
  await pressAll(page.getByRole('button', { name: /^Theme: / }), button('Settings'));
  await page.keyboard.press('Escape');
  await pressAll(main.getByRole('button', { name: 'Keyboard shortcuts' }));
  await page.keyboard.press('Escape');
  const open = (name: string) => pressAll(page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name }));
  await open('Compare');
  await pressAll(...(await main.getByRole('group', { name: 'Methods' }).getByRole('checkbox').all()).slice(0, 2));
  await open('Train');
  await pressAll(button('Settings'), button('Runs & notes'), button('Train'));
  await open('Evaluate');
  await open('Models');
  expect(pressed).toBeGreaterThanOrEqual(20);
});

test('the first paint waits for nothing, and nothing leaves the device', async ({ page, baseURL }) => {
  const foreign: string[] = [];
  page.on('request', (request) => {
    if (!request.url().startsWith(baseURL ?? '') && !/^(blob|data):/.test(request.url())) foreign.push(request.url());
  });
  await page.route('**/models/**', () => new Promise(() => {}));
  await openPage(page);
  await expect(page.getByRole('heading', { level: 1 }).or(page.getByText('Drop a photo')).first()).toBeVisible();
  await addImage(page, await small());
  await expect(row(page, 'small.png')).toContainText('16 × 12 → 64 × 48');
  expect(foreign).toEqual([]);
});
