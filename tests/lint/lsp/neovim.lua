-- Run by lsp_neovim within the editor, with the profile in its buffer. Ends the editor.

local function fail(text)
  io.stderr:write('FAILED: ' .. text .. '\n')
  vim.cmd('cquit 1')
end

local function expect(what, is, should)
  if not vim.deep_equal(is, should) then
    fail(what .. ' is ' .. vim.inspect(is) .. ', not ' .. vim.inspect(should))
  end
end

local client_id = vim.lsp.start_client({
  name = 'seccomp-lint',
  cmd = { vim.env.PROGRAM, 'lsp' },
  root_dir = vim.fn.getcwd(),
  get_language_id = function() return 'json' end,
})
if not client_id then fail('the server does not start') end
vim.lsp.buf_attach_client(0, client_id)

local function await(what, condition)
  if not vim.wait(20000, condition, 5) then fail('in vain for ' .. what) end
end

local function request(method, params)
  local answers = vim.lsp.buf_request_sync(0, method, params, 20000)
  local answer = answers and answers[client_id]
  if not answer then fail('no answer to ' .. method) end
  if answer.error then fail(method .. ': ' .. vim.inspect(answer.error)) end
  return answer.result
end

-- Cursor on the first `word`, `offset` bytes into it.
local function go_to(word, offset)
  vim.fn.cursor(1, 1)
  vim.fn.search('\\V' .. word, 'c')
  local at = vim.fn.getcurpos()
  vim.fn.cursor(at[2], at[3] + offset)
end

await('findings', function() return #vim.diagnostic.get(0) == 3 end)
local first = vim.diagnostic.get(0)[1]
expect('code', first.code, 'SL504')
expect('source', first.source, 'seccomp-lint')
-- Neovim counts bytes: the place is right behind two bytes and four, as units of UTF-16 they are less.
local line = vim.fn.getline(first.lnum + 1)
expect('place', line:sub(first.col + 1, first.end_col), '"read"')
expect('not the first read', select(2, line:sub(1, first.col):gsub('"read"', '')), 1)

go_to('"read"', 2)
local hover = request('textDocument/hover', vim.lsp.util.make_position_params())
if not hover.contents.value:find('read(int, pointer, long)', 1, true) then
  fail('hover is ' .. hover.contents.value)
end

-- Typed into the buffer: a didChange of a part of it.
go_to('"kill"', 5)
vim.cmd('normal! a, "execv')
await('a finding on what is typed', function()
  local all = vim.diagnostic.get(0)
  return #all > 0 and all[1].code == 'SL001'
end)
vim.cmd('undo')
await('findings after the undo', function() return #vim.diagnostic.get(0) == 3 end)

go_to('"kill"', 3)
local found = false
for _, item in ipairs(request('textDocument/completion', vim.lsp.util.make_position_params())) do
  found = found or item.label == 'kill'
end
if not found then fail('kill is not completed') end

vim.fn.cursor(1, 1)
local range = vim.lsp.util.make_range_params()
range.context = { diagnostics = {}, only = { 'source.fixAll' } }
local actions = request('textDocument/codeAction', range)
expect('count of actions', #actions, 1)
local action = actions[1]
if not action.edit then action = request('codeAction/resolve', action) end
vim.lsp.util.apply_workspace_edit(action.edit, 'utf-16')
await('no findings', function() return #vim.diagnostic.get(0) == 0 end)
vim.cmd('write!')

vim.lsp.stop_client(client_id)
await('the end', function() return vim.lsp.client_is_stopped(client_id) end)
io.stderr:write('neovim ' .. tostring(vim.version().major) .. '.' .. tostring(vim.version().minor) .. ': ok\n')
vim.cmd('qall!')
