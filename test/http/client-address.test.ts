import { describe, expect, it } from 'bun:test';
import { createClientAddress } from '../../src/http/client-address.ts';

const clientAddress = createClientAddress(['10.0.0.0/8', '192.0.2.7', 'fd00::/8', '::1']);
function addressOf(peer: string, forwardedFor: string): string {
  return clientAddress(peer, new Headers({ 'x-forwarded-for': forwardedFor })).address;
}
function seen(peer: string, headers: Record<string, string>) {
  const { protocol, host } = clientAddress(peer, new Headers(headers));
  return { protocol, host };
}

describe('createClientAddress', () => {
  const forwarded = {
    'x-forwarded-for': '203.0.113.9',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'files.example',
  };

  it('believes a trusted peer', () => {
    expect(clientAddress('10.1.2.3', new Headers(forwarded))).toEqual({
      address: '203.0.113.9',
      protocol: 'https',
      host: 'files.example',
    });
  });
  it('believes nothing an untrusted peer says', () => {
    expect(clientAddress('203.0.113.1', new Headers(forwarded))).toEqual({
      address: '203.0.113.1',
      protocol: null,
      host: null,
    });
  });
  it('trusts nobody when no proxy is named', () => {
    expect(createClientAddress([])('::1', new Headers(forwarded)).address).toBe('::1');
  });
  it('hands back a peer that is no IP address', () => {
    expect(clientAddress('', new Headers(forwarded)).address).toBe('');
  });

  const rows: [peer: string, forwardedFor: string, expected: string][] = [
    ['10.1.2.3', '', '10.1.2.3'],
    ['192.0.2.7', '203.0.113.9', '203.0.113.9'],
    ['192.0.2.8', '203.0.113.9', '192.0.2.8'],
    ['10.1.2.3', '198.51.100.1, 203.0.113.9, 10.9.9.9', '203.0.113.9'],
    ['10.1.2.3', '10.0.0.1, 10.0.0.2', '10.0.0.1'],
    ['10.1.2.3', '203.0.113.9, ,', '203.0.113.9'],
    ['10.1.2.3', 'unknown', '10.1.2.3'],
    ['10.1.2.3', '203.0.113.9, unknown, 10.0.0.9', '10.0.0.9'],
    ['10.1.2.3', '203.0.113.999', '10.1.2.3'],
    ['10.1.2.3', '203.0.113.9:4711', '203.0.113.9'],
    ['10.1.2.3', '[2001:DB8::1]:4711', '2001:db8::1'],
    ['10.1.2.3', '2001:db8:0:0::1', '2001:db8::1'],
    ['::ffff:10.1.2.3', '203.0.113.9', '203.0.113.9'],
    ['::ffff:203.0.113.1', '198.51.100.1', '203.0.113.1'],
    ['10.1.2.3', '::ffff:cb00:7109', '203.0.113.9'],
    ['fd12::1', '203.0.113.9', '203.0.113.9'],
    ['fe80::1%eth0', '203.0.113.9', 'fe80::1'],
    ['::1', '203.0.113.9', '203.0.113.9'],
    ['::2', '203.0.113.9', '::2'],
  ];
  for (const [peer, forwardedFor, expected] of rows) {
    it(`finds ${expected} behind ${JSON.stringify(peer)} and "${forwardedFor}"`, () => {
      expect(addressOf(peer, forwardedFor)).toBe(expected);
    });
  }

  it('reads the protocol in any case, the last of several', () => {
    expect(seen('::1', { 'x-forwarded-proto': 'HTTP' }).protocol).toBe('http');
    expect(seen('::1', { 'x-forwarded-proto': 'http, https' }).protocol).toBe('https');
  });
  it('ignores another protocol', () => {
    expect(seen('::1', { 'x-forwarded-proto': 'javascript' }).protocol).toBeNull();
  });
  for (const host of ['files.example:8443', 'a_b', '192.0.2.1', '[2001:db8::1]:80']) {
    it(`takes the host ${host}`, () => {
      expect(seen('::1', { 'x-forwarded-host': host }).host).toBe(host);
    });
  }
  for (const host of ['', 'a b', 'a/b', 'a@b', 'a:99999', 'a:', 'a"b', 'a<b>', 'x'.repeat(254)]) {
    it(`ignores the host "${host.slice(0, 20)}"`, () => {
      expect(seen('::1', { 'x-forwarded-host': host }).host).toBeNull();
    });
  }

  it('trusts everybody of the family whose whole network is named', () => {
    const headers = new Headers({ 'x-forwarded-for': '198.51.100.1' });
    expect(createClientAddress(['0.0.0.0/0'])('203.0.113.1', headers).address).toBe('198.51.100.1');
    expect(createClientAddress(['::/0'])('2001:db8::1', headers).address).toBe('198.51.100.1');
    expect(createClientAddress(['::/0'])('203.0.113.1', headers).address).toBe('203.0.113.1');
  });
  it('takes a mapped network and one with host bits', () => {
    const headers = new Headers({ 'x-forwarded-for': '198.51.100.1' });
    const networks = ['::ffff:172.16.0.0/108', '192.168.7.7/16'];
    expect(createClientAddress(networks)('172.31.0.1', headers).address).toBe('198.51.100.1');
    expect(createClientAddress(networks)('172.32.0.1', headers).address).toBe('172.32.0.1');
    expect(createClientAddress(networks)('192.168.1.1', headers).address).toBe('198.51.100.1');
  });
  for (const entry of ['', 'proxy.example', '10.0.0.0/33', '::/129', '10.0.0.0/', '::ffff:1.2.3.4/8']) {
    it(`refuses to trust "${entry}", by name`, () => {
      expect(() => createClientAddress([entry])).toThrow(`"${entry}"`);
    });
  }
});
