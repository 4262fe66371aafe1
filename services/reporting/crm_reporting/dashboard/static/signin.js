// The sign-in form.

import { languageSwitch, themeSwitch } from './switches.js';
import { fill, h } from './dom.js';
import { signIn } from './session.js';
import { t } from './words.js';

export function showSignIn(app, done, why = null) {
  document.title = `${t('signin.title')} · CRM`;
  const fault = h('p', { class: 'fault', role: 'alert' }, why ? t(why) : '');
  const button = h('button', { class: 'main', type: 'submit' }, t('signin.do'));
  const form = h(
    'form', { class: 'card', method: 'post', action: '/dashboard', onsubmit: submit },
    h('h1', {}, t('signin.title')),
    h('p', { class: 'quiet' }, t('signin.lead')),
    field('email', 'email', 'username'),
    field('password', 'password', 'current-password'),
    fault,
    button,
  );
  fill(app, h('main', { class: 'signin' }, brand(), form, h('div', { class: 'row' }, languageSwitch(), themeSwitch())));
  form.elements.email.focus();

  async function submit(event) {
    event.preventDefault();
    button.disabled = true;
    fault.textContent = '';
    try {
      await signIn(form.elements.email.value.trim(), form.elements.password.value);
      await done();
    } catch (failure) {
      fault.textContent = t(wordOf(failure));
      button.disabled = false;
      form.elements.password.focus();
    }
  }
}

function wordOf(failure) {
  if (failure.code === 'locked-out' || failure.status === 429) return 'signin.locked';
  return failure.status && failure.status < 500 ? 'signin.wrong' : 'signin.away';
}

function field(name, type, autocomplete) {
  return h('label', {}, h('span', {}, t(`signin.${name}`)), h('input', { name, type, autocomplete, required: true }));
}

export const brand = () => h('p', { class: 'brand' }, h('span', { class: 'mark', 'aria-hidden': 'true' }), 'CRM');
