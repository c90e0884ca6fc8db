// The life of an object through ali-oss; one line of JSON on stdout says how each call was answered.
// The SDK has no CleanRestoredObject, so that goes through its generic request.
'use strict';

const http = require('node:http');
const OSS = require('ali-oss');

const { OSS_ENDPOINT, OSS_BUCKET, OSS_REGION, CONTROL_URL } = process.env;
const { versions, names, settings } = JSON.parse(process.argv[2]);

// Every host name leads to loopback, so that the bucket may stand in it.
const agent = new http.Agent({
  keepAlive: true,
  lookup: (_host, options, done) =>
    options.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4),
});

function clientOf(authorizationV4) {
  return new OSS({
    endpoint: OSS_ENDPOINT,
    bucket: OSS_BUCKET,
    region: `oss-${OSS_REGION}`,
    accessKeyId: process.env.OSS_ACCESS_KEY_ID,
    accessKeySecret: process.env.OSS_ACCESS_KEY_SECRET,
    stsToken: process.env.OSS_SESSION_TOKEN,
    authorizationV4,
    agent,
    ...settings,
  });
}

function clean(client, name) {
  const params = client._objectRequestParams('POST', name, { subres: { cleanRestoredObject: '' } });
  params.successStatuses = [200];
  return client.request(params);
}

async function outcome(call) {
  try {
    const answer = await call;
    return { status: answer.res ? answer.res.status : answer.status };
  } catch (error) {
    return { status: error.status, code: error.code, ec: error.ecCode || error.ec };
  }
}

async function advance(seconds) {
  const answer = await fetch(`${CONTROL_URL}/advance?seconds=${seconds}`, { method: 'POST' });
  if (!answer.ok) throw new Error(`control said ${answer.status}`);
}

async function life(client, name) {
  const said = {};
  const headers = { 'x-oss-storage-class': 'ColdArchive' };
  const restore = () =>
    client.restore(name, { type: 'ColdArchive', Days: 2, JobParameters: 'Expedited' });
  said.put = await outcome(client.put(name, Buffer.from('hello'), { headers }));
  said.getFrozen = await outcome(client.get(name));
  said.cleanFrozen = await outcome(clean(client, name));
  said.restore = await outcome(restore());
  said.restoreAgain = await outcome(restore());
  said.headRestoring = (await client.head(name)).res.headers['x-oss-restore'];
  said.cleanRestoring = await outcome(clean(client, name));
  await advance(3600);
  said.headRestored = (await client.head(name)).res.headers['x-oss-restore'].split(',')[0];
  said.content = (await client.get(name)).content.toString();
  said.clean = await outcome(clean(client, name));
  said.cleanAgain = await outcome(clean(client, name));
  said.headCleaned = (await client.head(name)).res.headers['x-oss-restore'] || null;
  said.getCleaned = await outcome(client.get(name));
  said.remove = await outcome(client.delete(name));
  said.removed = await outcome(client.head(name));
  return said;
}

async function main() {
  const lives = [];
  for (const version of versions) {
    const client = clientOf(version === 'V4');
    for (const name of names) lives.push({ version, name, said: await life(client, name) });
  }
  process.stdout.write(`${JSON.stringify(lives)}\n`);
}

main().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
