package i18n

// textsBrowse are the texts of the terminal browser of inspect.
func textsBrowse() []entry {
	return []entry{
		{"browse.head", "{0} · {1} in {2} files · {3} wasted", "{0} · {1}，{2} 个文件 · 浪费 {3}"},
		{"browse.files", "Files", "文件"},
		{"browse.findings", "Findings", "问题"},
		{"browse.details", "Details", "详情"},
		{"browse.rest", "the image as a whole", "整个镜像"},
		{"browse.no-text", "(no instruction known)", "（指令未知）"},
		{"browse.no-layer", "made no layer", "未产生层"},
		{"browse.no-files", "no files", "没有文件"},
		{"browse.no-match", "nothing matches", "没有匹配的内容"},
		{"browse.no-findings", "no findings", "没有发现问题"},
		{"browse.cut", "the listing was cut: too many files", "列表已截断：文件过多"},
		{"browse.unread", "incomplete: {0} not read (see --plain)", "不完整：{0} 处未能读取（见 --plain）"},
		{"browse.layer", "layer {0} · {1} · {2} files", "第 {0} 层 · {1} · {2} 个文件"},
		{"browse.changes", "{0} added, {1} replaced, {2} removed", "新增 {0}，替换 {1}，删除 {2}"},
		{"browse.wasted", "{0} shipped and not seen", "{0} 随镜像分发但不可见"},
		{"browse.packages", "{0} packages, {1} of them not in the final image", "{0} 个软件包，其中 {1} 个不在最终镜像中"},
		{"browse.keys", "arrows move · tab pane · enter open · / filter · ? help · q quit", "方向键移动 · tab 面板 · enter 打开 · / 筛选 · ? 帮助 · q 退出"},
		{"browse.filter", "filter: {0}", "筛选：{0}"},
		{"browse.only", "changed only", "仅变更"},
		{"browse.by-size", "by size", "按大小"},
		{"browse.help.move", "up, down, k, j: move; page up, page down, home, end", "上、下、k、j：移动；page up、page down、home、end"},
		{"browse.help.side", "left, right, h, l: the other side; in the tree close, open", "左、右、h、l：切换左右两侧；在树中为关闭、打开"},
		{"browse.help.tab", "tab, shift+tab: files, findings, details", "tab、shift+tab：文件、问题、详情"},
		{"browse.help.enter", "enter: open or close a directory", "enter：打开或关闭目录"},
		{"browse.help.filter", "/: only paths with this text; enter keeps it, esc ends it", "/：仅显示含有该文字的路径；enter 保留，esc 取消"},
		{"browse.help.changed", "f: only replaced and removed files", "f：仅显示被替换和被删除的文件"},
		{"browse.help.size", "s: largest first", "s：最大的在前"},
		{"browse.help.marks", "+ added, ~ replaced, - removed, x not seen in the end", "+ 新增，~ 替换，- 删除，x 最终不可见"},
		{"browse.help.quit", "q: quit; ?: close this page", "q：退出；?：关闭本页"},
		{"cli.browse", "the browser could not go on", "浏览界面无法继续"},
	}
}
