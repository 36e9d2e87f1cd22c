// A real OpenID provider for the tests: `node provider.mjs PORT MODULES`. It speaks like Azure AD B2C.
//
// POST /test/origin {origin} says where Darasa is. Accounts come from POST /test/accounts ({subject: claims}). POST /test/rotate {kid?} gives it a new signing key,
// POST /test/sign {claims, header} signs anything with it, POST /test/away {away} makes it fall
// silent, GET /test/count tells how often each path was asked.
import { createHash, createSign, generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [port, modules] = [Number(process.argv[2]), process.argv[3]];
const require = createRequire(pathToFileURL(`${modules}/`));
const { default: Provider } = await import(pathToFileURL(require.resolve("oidc-provider")));

const issuer = `http://127.0.0.1:${port}`;
const POLICY = "b2c_1a_signin";
const RESET = "B2C_1_PasswordResetPolicy";
const API = "https://api.darasa.test";
const accounts = new Map();
const counts = {};
let origin = "http://127.0.0.1:8000";
let away = false;
let keyNumber = 0;
let signing = newKey();
let inner = newProvider();

function newKey(kid = `key-${++keyNumber}`) {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { privateKey, jwk: { ...privateKey.export({ format: "jwk" }), kid, use: "sig", alg: "RS256" } };
}

function client(id, more = {}) {
  return {
    client_id: id,
    client_secret: "a secret for tests",
    redirect_uris: [`${origin}/sign-in/${id}/callback`],
    post_logout_redirect_uris: [`${origin}/sign-in`],
    backchannel_logout_uri: `${origin}/sign-in/${id}/logout`,
    backchannel_logout_session_required: true,
    ...more,
  };
}

function newProvider() {
  const machine = { grant_types: ["client_credentials"], redirect_uris: [], response_types: [] };
  const provider = new Provider(issuer, {
    clients: [
      client("school"),
      client("machine", { ...machine, post_logout_redirect_uris: [], backchannel_logout_uri: undefined }),
    ],
    jwks: { keys: [signing.jwk] },
    cookies: { keys: ["only for tests"] },
    conformIdTokenClaims: false,
    scopes: ["openid", "profile", "email", "classes.read"],
    claims: {
      openid: ["sub"],
      profile: ["name", "given_name", "family_name", "oid", "tfp", "tid", "idp", "roles"],
      email: ["email", "emails", "email_verified"],
    },
    routes: { authorization: `/${POLICY}/oauth2/v2.0/authorize`, end_session: `/${POLICY}/oauth2/v2.0/logout` },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: (ctx) => (ctx.oidc.client?.clientId === "machine" ? API : undefined),
        getResourceServerInfo: () => ({
          scope: "classes.read",
          audience: API,
          accessTokenFormat: "jwt",
          accessTokenTTL: 3600,
          jwt: { sign: { alg: "RS256" } },
        }),
      },
    },
    pkce: { required: () => true },
    findAccount: (_ctx, sub) => {
      const claims = accounts.get(sub) ?? { name: sub, emails: [`${sub}@here.test`], oid: `oid-${sub}` };
      return { accountId: sub, claims: () => ({ sub, tfp: POLICY, tid: "tenant-1", idp: "UNICEF Azure AD", ...claims }) };
    },
    loadExistingGrant: async (ctx) => {
      const grant = new ctx.oidc.provider.Grant({
        clientId: ctx.oidc.client.clientId,
        accountId: ctx.oidc.session.accountId,
      });
      grant.addOIDCScope("openid profile email");
      await grant.save();
      return grant;
    },
    interactions: { url: (_ctx, interaction) => `/test/login/${interaction.uid}` },
    ttl: { AccessToken: 3600, IdToken: 3600, Session: 3600, Grant: 3600, Interaction: 600, ClientCredentials: 3600 },
  });
  provider.on("server_error", (_ctx, error) => console.error(error));
  return provider;
}

async function read(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  const text = Buffer.concat(parts).toString();
  const isJson = request.headers["content-type"]?.includes("json");
  return isJson ? JSON.parse(text || "{}") : Object.fromEntries(new URLSearchParams(text));
}

function answer(response, data, status = 200) {
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(JSON.stringify(data));
}

function goTo(response, url) {
  response.writeHead(302, { Location: url });
  response.end();
}

async function sign({ claims = {}, header = {} }) {
  const now = Math.floor(Date.now() / 1000);
  const usual = { iss: issuer, iat: now, exp: now + 600, sub: "amina", aud: API };
  const whole = Object.fromEntries(Object.entries({ ...usual, ...claims }).filter(([, value]) => value !== null));
  // By hand, because libraries refuse to write what tests want to see refused.
  const parts = [{ alg: "RS256", kid: signing.jwk.kid, ...header }, whole];
  const text = parts.map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  return `${text}.${createSign("RSA-SHA256").update(text).sign(signing.privateKey, "base64url")}`;
}

const LOGIN = (error) => `<!doctype html><meta charset="utf-8"><title>Provider</title><h1>Provider</h1>
<form method="post"><label>Account <input name="login" autofocus></label>
<button name="act" value="in">Continue</button><button name="act" value="forgot">Forgot your password?</button>
<button name="act" value="cancel">Cancel</button></form><p>${error}</p>`;

const routes = {
  "GET /test/count": async (_request, response) => answer(response, counts),
  "POST /test/accounts": async (request, response) => {
    for (const [sub, claims] of Object.entries(await read(request))) accounts.set(sub, claims);
    answer(response, {});
  },
  "POST /test/origin": async (request, response) => {
    ({ origin } = await read(request));
    inner = newProvider();
    answer(response, {});
  },
  "POST /test/away": async (request, response) => {
    ({ away } = await read(request));
    answer(response, {});
  },
  "POST /test/rotate": async (request, response) => {
    signing = newKey((await read(request)).kid);
    inner = newProvider();
    answer(response, { kid: signing.jwk.kid });
  },
  "POST /test/sign": async (request, response) => answer(response, { token: await sign(await read(request)) }),
};

async function login(request, response) {
  if (request.method === "GET") {
    response.writeHead(200, { "Content-Type": "text/html" });
    return response.end(LOGIN(""));
  }
  const given = await read(request);
  const denied = { error: "access_denied" };
  const results = {
    in: { login: { accountId: given.login } },
    forgot: { ...denied, error_description: "AADB2C90118: The user has forgotten their password." },
    cancel: { ...denied, error_description: "AADB2C90091: The user has cancelled." },
  };
  return inner.interactionFinished(request, response, results[given.act ?? "in"], { mergeWithLastSubmission: false });
}

createServer(async (request, response) => {
  const url = new URL(request.url, issuer);
  const path = url.pathname;
  counts[path] = (counts[path] ?? 0) + 1;
  try {
    const route = routes[`${request.method} ${path}`];
    if (route) return await route(request, response);
    if (away) return request.socket.destroy();
    if (path.startsWith("/test/login/")) return await login(request, response);
    // The other policy of B2C: it comes back with a code of its own, which fits nothing that was begun.
    if (path === `/${RESET}/oauth2/v2.0/authorize`) {
      const back = new URL(url.searchParams.get("redirect_uri"));
      back.searchParams.set("code", createHash("sha256").update(url.search).digest("hex"));
      back.searchParams.set("state", "of-another-policy");
      return goTo(response, back);
    }
    return await inner.callback()(request, response);
  } catch (error) {
    console.error(error);
    return answer(response, { error: String(error) }, 500);
  }
}).listen(port, "127.0.0.1", () => console.log(issuer));
