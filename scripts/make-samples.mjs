/**
 * Makes public/samples from the evaluation pack: each picture reduced ×4 (bicubic, antialiased), and ATTRIBUTION.md with
 * author and licence as the pack's manifest states them. Run once: npx tsx scripts/make-samples.mjs PACK_FOLDER
 */
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { samples } from '../src/features/intake/samples.ts';

const pack = process.argv[2];
if (!pack) {
  console.error('Usage: npx tsx scripts/make-samples.mjs PACK_FOLDER (the folder with MANIFEST.tsv)');
  process.exit(2);
}
const target = 'public/samples';
const limit = 400 * 1024;

const [header, ...lines] = (await readFile(join(pack, 'MANIFEST.tsv'), 'utf8')).trimEnd().split('\n');
const columns = header.split('\t');
const manifest = new Map(
  lines.map((line) => {
    const row = Object.fromEntries(line.split('\t').map((value, index) => [columns[index], value]));
    return [row.file, row];
  }),
);

await mkdir(target, { recursive: true });
let total = 0;
const notes = [];
for (const sample of samples) {
  const row = manifest.get(sample.source);
  if (!row || !['A', 'B'].includes(row.licence_class))
    throw new Error(`${sample.source} is not in the pack as class A or B.`);
  const input = sharp(join(pack, sample.source));
  const { width, height } = await input.metadata();
  if (width !== sample.width * 4 || height !== sample.height * 4) {
    throw new Error(`${sample.source} is ${width} × ${height}, not four times ${sample.width} × ${sample.height}.`);
  }
  const path = join(target, sample.file);
  await input
    .removeAlpha()
    .resize(sample.width, sample.height, { kernel: 'cubic' })
    .png({ compressionLevel: 9 })
    .toFile(path);
  total += (await stat(path)).size;
  const part = `${row.width} × ${row.height} px from (${row.src_x}, ${row.src_y})`;
  notes.push(
    `## ${sample.file}: ${sample.title}\n`,
    `- Author: ${row.author.replace(/ <[^>]*>/, '')}`,
    `- Licence: ${row.licence}`,
    `- Source: ${row.package === '(self-made)' ? 'made by this project' : `${row.original_path} of Debian package ${row.package} ${row.version}`}`,
    `- Changes: cropped to ${part}${row.extra_scale === '1.0' ? '' : ` after scaling by ${row.extra_scale} (Lanczos)`};` +
      ` reduced ×4 to ${sample.width} × ${sample.height} px (bicubic, antialiased); saved as PNG\n`,
  );
}
if (total > limit) throw new Error(`The samples take ${total} bytes, over ${limit}.`);
await writeFile(
  join(target, 'ATTRIBUTION.md'),
  `# Sample pictures\n\nMade by scripts/make-samples.mjs; authors and licences as the sources state them.\n\n${notes.join('\n')}`,
);
console.log(`${samples.length} samples, ${(total / 1024).toFixed(0)} KB`);
