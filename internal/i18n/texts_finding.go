package i18n

// textsFinding are titles of findings that a report derives from itself.
func textsFinding() []entry {
	return []entry{
		{"finding.end-of-life", "{0}: support ended on {1}", "{0}：已于 {1} 停止支持"},
		{"finding.unread.corrupt", "Not scanned: {0} could not be parsed", "未扫描：{0} 无法解析"},
		{"finding.unread.io", "Not scanned: {0} could not be read", "未扫描：{0} 无法读取"},
		{"finding.unread.limit", "Not scanned: {0} meets a limit", "未扫描：{0} 触及限制"},
		{"finding.unread.worker", "Not scanned: the worker died on {0}", "未扫描：解析进程在处理 {0} 时异常退出"},
		{"finding.unread.unsupported", "Not scanned: {0} has a form that is not supported", "未扫描：{0} 的格式暂不支持"},
		{"finding.unread.other", "Not scanned: {0}", "未扫描：{0}"},
	}
}
