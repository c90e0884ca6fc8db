// Mocha hooks for a vendor's suite (`mocha -r mocha_record.js`): one JSON line for each test, no connection
// off this machine. SERVE_LOG and RECORD name the files.
const dns = require('dns');
const fs = require('fs');

const size = () => fs.statSync(process.env.SERVE_LOG).size;
const write = line => fs.appendFileSync(process.env.RECORD, `${JSON.stringify(line)}\n`);
const lookup = dns.lookup;

// ali-oss makes its host from the region; every name of OSS leads to the emulator.
dns.lookup = (host, options, callback) => {
  const done = typeof options === 'function' ? options : callback;
  if (/\.aliyuncs\.com$/.test(host) && !host.startsWith('sts.')) return lookup('127.0.0.1', options, callback);
  if (host === 'localhost' || host.startsWith('127.')) return lookup(host, options, callback);
  return done(Object.assign(new Error(`${host} is not this machine`), { code: 'ENOTFOUND' }));
};

// The log of a test begins where that of the test before it ends, so that it holds the hooks in between.
let end = 0;
exports.mochaHooks = {
  afterEach() {
    const test = this.currentTest;
    const log = [end, size()];
    [, end] = log;
    write({
      id: test.fullTitle(),
      outcome: { passed: 'passed', failed: 'failed' }[test.state] || 'skipped',
      said: test.err ? String(test.err.stack || test.err).slice(0, 1500) : '',
      log
    });
  }
};
