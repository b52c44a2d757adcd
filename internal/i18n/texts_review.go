package i18n

// textsReview are the words for the person who reviews an image: what the
// configuration says, and what no scanner can see. The page and inspect share
// them.
func textsReview() []entry {
	return []entry{
		{"review.user", "User", "用户"},
		{"review.user.unset", "root (the image names no user)", "root（镜像未指定用户）"},
		{"review.entrypoint", "Entry point", "入口"},
		{"review.command", "Command", "命令"},
		{"review.command.unset", "none: it has to be given when it is started", "无：启动时必须指定"},
		{"review.dir", "Directory", "工作目录"},
		{"review.ports", "Ports", "端口"},
		{"review.volumes", "Volumes", "卷"},
		{"review.health", "Health check", "健康检查"},
		{"review.health.unset", "none: the engine cannot tell whether it works", "无：引擎无法判断其是否正常"},
		{"review.health.off", "switched off", "已关闭"},
		{"review.signal", "Stop signal", "停止信号"},
		{"review.shell", "Shell", "Shell"},
		{"review.onbuild", "On build", "ONBUILD"},
		{"review.author", "Author", "作者"},
		{"review.size", "Size", "大小"},
		{"review.size.text", "{0} in {1} files; {2} more are shipped and never seen", "{1} 个文件，共 {0}；另有 {2} 随镜像分发但容器中看不到"},

		{"review.q.built", "Who built this image, from which commit, on which machine? Nothing in it says so.", "这个镜像由谁、从哪个提交、在哪台机器上构建？镜像中没有任何说明。"},
		{"review.q.built-labelled", "Its labels say revision {0} of {1}: who vouches that it was built from that?", "标签称其来自 {1} 的版本 {0}：谁能保证它确实由此构建？"},
		{"review.q.base", "Is the base image the one that was agreed on?", "基础镜像是否是约定使用的那个？"},
		{"review.q.base-labelled", "Its labels name {0} as base image: is it the one that was agreed on, and is it up to date?", "标签称基础镜像为 {0}：是否是约定使用的那个，是否为最新？"},
		{"review.q.base-first", "Its first layer was made by “{0}”: is that the base image that was agreed on?", "第一层由“{0}”生成：这是否是约定使用的基础镜像？"},
		{"review.q.copied", "{0} {0:layer was|layers were} copied in from outside: is everything in them meant to be shipped?", "有 {0} 层是从外部复制进来的：其中的内容是否都应当发布？"},
		{"review.q.root", "It runs as root: does it have to?", "它以 root 身份运行：是否必须如此？"},
		{"review.q.setuid", "{0} {0:program gives|programs give} rights to whoever starts {0:it|them}: is {0:it|any of them} needed?", "有 {0} 个程序会把权限交给启动者：是否确实需要？"},
		{"review.q.secrets", "Where does it get its credentials from when it runs?", "运行时它从哪里取得凭据？"},
		{"review.q.secrets-env", "{0} {0:variable or label looks|variables look} like {0:a credential|credentials} (redacted here): are they, and do they still work?", "有 {0} 个变量看起来是凭据（此处已隐去）：是否属实，是否仍然有效？"},
		{"review.q.ports", "It says that it listens on {0}: who may reach it, and with what proof of who they are?", "它声明监听 {0}：谁可以访问，凭什么证明身份？"},
		{"review.q.network", "It names no port: what does it listen on, and whom does it talk to?", "它没有声明端口：它监听什么，又与谁通信？"},
		{"review.q.unknown", "{0} {0:package is|packages are} not covered by the data at hand: who watches over {0:it|them}?", "有 {0} 个软件包不在现有数据的覆盖范围内：由谁来关注？"},
		{"review.q.name", "Who may put another image under this name, and how would you notice?", "谁可以用另一个镜像替换这个名称，你又如何得知？"},
		{"review.q.owner", "Who builds it anew when the next vulnerability becomes known, and how soon?", "下一个漏洞公开时，由谁重新构建，多快完成？"},
	}
}
