// Passkeys: asks the server what is to be signed, the browser to have it signed, and sends the form with what came of it.
// Without this script the page works as it did; what it needs the script for stays hidden.
"use strict";
(() => {
  if (!window.PublicKeyCredential || !navigator.credentials) return;
  const decode = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (character) => character.charCodeAt(0));
  const encode = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer ?? []))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const isOf = (name) => location.hostname === name || location.hostname.endsWith(`.${name}`);

  const show = () => {
    for (const element of document.querySelectorAll("[data-passkey]")) {
      if (isOf(element.dataset.name)) element.hidden = false;
    }
    const form = document.querySelector("form[data-passkey=create]");
    for (const element of document.querySelectorAll("[data-passkey-needed]")) element.hidden = Boolean(form && !form.hidden);
  };

  const ids = (list) => list.map((item) => ({...item, id: decode(item.id)}));

  const create = async (options) => {
    const publicKey = {
      ...options,
      challenge: decode(options.challenge),
      user: {...options.user, id: decode(options.user.id)},
      excludeCredentials: ids(options.excludeCredentials),
    };
    const {response} = await navigator.credentials.create({publicKey});
    return {
      client_data: encode(response.clientDataJSON),
      authenticator_data: encode(response.getAuthenticatorData()),
    };
  };

  const get = async (options) => {
    const publicKey = {
      ...options,
      challenge: decode(options.challenge),
      allowCredentials: ids(options.allowCredentials),
    };
    const made = await navigator.credentials.get({publicKey});
    return {
      credential: encode(made.rawId),
      client_data: encode(made.response.clientDataJSON),
      authenticator_data: encode(made.response.authenticatorData),
      signature: encode(made.response.signature),
      user_handle: encode(made.response.userHandle),
    };
  };

  /** Sends a form of these fields, as if a person had filled it. */
  const send = (action, fields) => {
    const form = document.createElement("form");
    form.method = "post";
    form.action = action;
    form.hidden = true;
    for (const [name, value] of fields) {
      const input = document.createElement("textarea");
      input.name = name;
      input.value = value;
      form.append(input);
    }
    document.body.append(form);
    form.submit();
  };

  const words = (error) => {
    switch (error.name) {
      case "NotAllowedError": return "The passkey was not used: nothing was done.";
      case "InvalidStateError": return "This device has a passkey for you already.";
      case "SecurityError": return "The browser does not use passkeys at this address.";
      default: return error.message;
    }
  };

  /** The whole way, for a form and the button that was pressed. */
  const run = async (form, button) => {
    const {passkey, ask, send: sendTo} = (button?.dataset.passkey ? button : form).dataset;
    const place = button?.parentElement?.querySelector("[data-passkey-error]") ?? form.querySelector("[data-passkey-error]");
    if (place) place.hidden = true;
    const fields = [...new FormData(form, button)].map(([name, value]) => [name, String(value)]);
    try {
      const answer = await fetch(ask, {method: "POST", body: new URLSearchParams(fields), redirect: "error"});
      // What is wrong with the answer stands beside its fields, on the page that looks ahead.
      if (answer.status === 422 && passkey === "sign") return send(button.dataset.otherwise, fields);
      if (!answer.ok) {
        const problem = await answer.json().catch(() => ({detail: "the server does not answer; load the page again"}));
        throw new Error(`Nothing was done: ${problem.detail}.`);
      }
      const options = await answer.json();
      const made = await (passkey === "create" ? create(options) : get(options));
      send(sendTo ?? form.action, [...fields, ...Object.entries(made)]);
    } catch (error) {
      if (place) {
        place.textContent = words(error);
        place.hidden = false;
      }
    }
  };

  document.addEventListener("submit", (event) => {
    const [form, button] = [event.target, event.submitter];
    if (!form.dataset.passkey && !button?.dataset.passkey) return;
    event.preventDefault();
    run(form, button);
  });
  document.addEventListener("htmx:afterSettle", show);
  show();
})();
