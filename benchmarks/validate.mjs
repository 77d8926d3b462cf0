// One run of one npm validator, for validate.py: `validate.mjs PACKAGE DATA SHAPES`; packages lie in KG_NODE_MODULES.
import { createRequire } from 'node:module'
import { createReadStream, readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

const require = createRequire(process.env.KG_NODE_MODULES + '/package.json')
const load = name => import(pathToFileURL(require.resolve(name)))
const [, , kind, dataPath, shapesPath] = process.argv
const rdf = (await load('@zazuko/env-node')).default
const { StreamParser, Parser, Store } = await load('n3')

async function read (path) {
  const dataset = new Store() // indexed; both are several times slower over an unindexed dataset
  const parser = new StreamParser({ factory: rdf })
  for await (const quad of createReadStream(path).pipe(parser)) dataset.addQuad(quad)
  return dataset
}

const cpu = () => (u => (u.userCPUTime + u.systemCPUTime) / 1e6)(process.resourceUsage())
const start = performance.now()
const cpuStart = cpu()
const data = await read(dataPath)
const shapes = rdf.dataset(new Parser({ factory: rdf }).parse(readFileSync(shapesPath, 'utf8')))
const loaded = performance.now()
const cpuLoaded = cpu()
let results
if (kind === 'shacl-engine') {
  const { Validator } = await load('shacl-engine')
  const report = await new Validator(shapes, { factory: rdf }).validate({ dataset: data })
  results = report.results.length
} else {
  const SHACLValidator = (await load('rdf-validate-shacl')).default
  const report = await new SHACLValidator(shapes, { factory: rdf, maxNodes: 1e9 }).validate(data)
  results = [...report.results].length
}
const done = performance.now()
const cpuDone = cpu()
console.log(JSON.stringify({
  load: (loaded - start) / 1000,
  validate: (done - loaded) / 1000,
  cpu_load: cpuLoaded - cpuStart,
  cpu_validate: cpuDone - cpuLoaded,
  mb: process.resourceUsage().maxRSS / 1024,
  results
}))
