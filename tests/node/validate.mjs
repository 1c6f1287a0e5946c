// Validates files with two implementations that others wrote, in plain Node, and prints one JSON object a line.
// Usage: node validate.mjs MODULES FORMAT FILE...   (MODULES is a folder with node_modules)
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';

const [modules, format, ...files] = process.argv.slice(2);
const require = createRequire(join(modules, 'package.json'));
const load = (name) => import(pathToFileURL(require.resolve(name)).href);

async function wasm(bytes) {
    const { default: init, WasmReader } = await import(
        pathToFileURL(join(modules, 'node_modules/@contentauth/c2pa-wasm/pkg/c2pa.js')).href
    );
    const module = await readFile(join(modules, 'node_modules/@contentauth/c2pa-wasm/pkg/c2pa_bg.wasm'));
    await init({ module_or_path: module });
    try {
        const reader = await WasmReader.fromBytes(format, bytes);
        const store = JSON.parse(reader.json());
        return { state: store.validation_state, failures: (store.validation_results?.activeManifest?.failure ?? []).map((f) => f.code) };
    } catch (error) {
        return { state: 'none', error: String(error) };
    }
}

async function typescript(bytes) {
    const { JPEG, PNG } = await import(pathToFileURL(join(modules, 'node_modules/@trustnxt/c2pa-ts/dist/asset/index.js')).href);
    const { SuperBox } = await import(pathToFileURL(join(modules, 'node_modules/@trustnxt/c2pa-ts/dist/jumbf/index.js')).href);
    const { ManifestStore } = await import(pathToFileURL(join(modules, 'node_modules/@trustnxt/c2pa-ts/dist/manifest/index.js')).href);
    const kind = { 'image/jpeg': JPEG, 'image/png': PNG }[format];
    if (!kind) return { state: 'unsupported' };
    try {
        const asset = await kind.create?.(bytes) ?? new kind(bytes);
        const jumbf = await asset.getManifestJUMBF();
        if (!jumbf) return { state: 'none' };
        const store = ManifestStore.read(SuperBox.fromBuffer(jumbf));
        const result = await store.validate(asset);
        return { state: result.isValid ? 'Valid' : 'Invalid', failures: result.statusEntries.filter((e) => !e.success).map((e) => e.code) };
    } catch (error) {
        return { state: 'error', error: String(error) };
    }
}

for (const file of files) {
    const bytes = new Uint8Array(await readFile(file));
    console.log(JSON.stringify({ file, wasm: await wasm(bytes), typescript: await typescript(bytes) }));
}
