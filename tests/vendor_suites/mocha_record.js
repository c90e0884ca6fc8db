// A mocha reporter for a vendor's suite: one JSON line for each test, and no connection off this machine.
// SERVE_LOG and RECORD name the files.
const dns = require('dns');
const fs = require('fs');

const { lookup } = dns;
dns.lookup = (host, options, callback) => {
  if (/^([^.]+\.)?oss-[a-z0-9-]+\.aliyuncs\.com$/.test(host)) return lookup(process.env.SERVE_HOST, options, callback);
  if (host === 'localhost' || host.startsWith('127.')) return lookup(host, options, callback);
  const done = typeof options === 'function' ? options : callback;
  return done(Object.assign(new Error(`${host} is not this machine`), { code: 'ENOTFOUND' }));
};

const size = () => fs.statSync(process.env.SERVE_LOG).size;
const told = error => String((error && error.stack) || error).slice(0, 1500);

function testsOf(suite) {
  return [...suite.tests, ...suite.suites.flatMap(testsOf)];
}

function isWithin(test, suite) {
  for (let { parent } = test; parent; { parent } = parent) if (parent === suite) return true;
  return false;
}

// The log of a test begins where that of the test before it ends, so that it holds the hooks in between. The
// tests that a failing hook keeps from running fail with it.
module.exports = function Recorder(runner) {
  const seen = new Set();
  const hooks = [];
  let end = 0;

  function write(test, outcome, said = '', log = [end, size()]) {
    seen.add(test);
    [, end] = log;
    const line = { id: test.fullTitle(), outcome, said, log };
    fs.appendFileSync(process.env.RECORD, `${JSON.stringify(line)}\n`);
  }

  runner.on('pass', test => write(test, 'passed'));
  runner.on('pending', test => write(test, 'skipped'));
  runner.on('fail', (test, error) => {
    if (test.type === 'hook') hooks.push({ suite: test.parent, said: told(error), log: [end, size()] });
    else write(test, 'failed', told(error));
  });
  runner.once('end', () => {
    for (const test of testsOf(runner.suite).filter(one => !seen.has(one))) {
      const hook = hooks.find(one => isWithin(test, one.suite));
      if (hook) write(test, 'failed', hook.said, hook.log);
      else write(test, 'skipped');
    }
  });
};
