package i18n

// textsImageConfig are the texts of checks of an image's configuration and of
// the file system that it starts: what was found, then title, reason and remedy
// of each check.
func textsImageConfig() []entry {
	return []entry{
		{"imageconfig.found.malformed", "{0} {0:field|fields} of the image configuration could not be read", "镜像配置中有 {0} 个字段无法读取"},
		{"imageconfig.found.user-unset", "No user is set: containers run as root", "未设置用户：容器以 root 身份运行"},
		{"imageconfig.found.user-root", "Containers run as root (user {0})", "容器以 root 身份运行（用户 {0}）"},
		{"imageconfig.found.user-sudo", "The user is named sudo", "用户名为 sudo"},
		{"imageconfig.found.user-unknown", "The user {0} is not in the image's /etc/passwd", "用户 {0} 不在镜像的 /etc/passwd 中"},
		{"imageconfig.found.group-unknown", "The group {0} is not in the image's /etc/group", "用户组 {0} 不在镜像的 /etc/group 中"},
		{"imageconfig.found.healthcheck", "No health check is set", "未设置健康检查"},
		{"imageconfig.found.healthcheck-none", "The health check is switched off", "健康检查被关闭"},
		{"imageconfig.found.port", "Port {0} is exposed: {1}", "暴露了端口 {0}：{1}"},
		{"imageconfig.found.port-privileged", "{0} {0:port|ports} below 1024, and the user is not root", "暴露了 {0} 个低于 1024 的端口，而用户不是 root"},
		{"imageconfig.found.env-secret", "Environment variable {0} holds what its name says is a secret", "环境变量 {0} 的名称表明其值为机密"},
		{"imageconfig.found.build-arg", "Build argument {0} is recorded in the history with what its name says is a secret", "构建参数 {0} 及其机密值记录在镜像历史中"},
		{"imageconfig.found.env-url", "Environment variable {0} holds a URL with a password", "环境变量 {0} 中的 URL 含有口令"},
		{"imageconfig.found.env-path", "PATH has directories that are not fixed or that everybody can write: {0}", "PATH 含有不固定或任何人可写的目录：{0}"},
		{"imageconfig.found.env-preload", "{0} loads other code into every program", "{0} 会将其他代码加载到每个程序中"},
		{"imageconfig.found.env-library-path", "LD_LIBRARY_PATH has directories that are not fixed or that everybody can write: {0}", "LD_LIBRARY_PATH 含有不固定或任何人可写的目录：{0}"},
		{"imageconfig.found.env-tls", "{0} switches a check of certificates or signatures off", "{0} 关闭了对证书或签名的校验"},
		{"imageconfig.found.env-debug", "{0} leaves a debugger or the state of development switched on", "{0} 使调试器或开发模式保持开启"},
		{"imageconfig.found.volume", "Volume on a sensitive path: {0}", "卷位于敏感路径：{0}"},
		{"imageconfig.found.docker-socket", "The engine's socket or API is named ({0})", "提及了引擎的套接字或 API（{0}）"},
		{"imageconfig.found.start-shell", "The {0} is a command in a shell, which does not pass signals on", "{0} 以 shell 形式启动，信号不会传递给程序"},
		{"imageconfig.found.start-sshd", "The container starts {0} ({1})", "容器启动 {0}（{1}）"},
		{"imageconfig.found.start-sudo", "The container starts with sudo ({0})", "容器通过 sudo 启动（{0}）"},
		{"imageconfig.found.on-build", "{0} {0:instruction runs|instructions run} in every image built on this one", "有 {0} 条指令会在基于此镜像的每次构建中执行"},
		{"imageconfig.found.stop-signal", "Containers are stopped by {0}, which leaves no time to finish", "容器以 {0} 停止，程序来不及收尾"},
		{"imageconfig.found.old", "The image was built on {0}", "镜像构建于 {0}"},
		{"imageconfig.found.labels", "No label says where the image came from: {0}", "没有标签说明镜像来源：{0}"},
		{"imageconfig.found.add-url", "{0} {0:file was|files were} fetched from a URL by ADD", "有 {0} 个文件由 ADD 从 URL 获取"},
		{"imageconfig.found.latest", "The image has no other tag than latest ({0})", "镜像除 latest 外没有其他标签（{0}）"},
		{"imageconfig.found.setuid", "{0} setuid or setgid {0:program|programs} of the distribution", "发行版自带的 setuid/setgid 程序：{0} 个"},
		{"imageconfig.found.setuid-unowned", "{0} setuid or setgid {0:program|programs} that no package brought", "不属于任何软件包的 setuid/setgid 程序：{0} 个"},
		{"imageconfig.found.capability", "{0} {0:program|programs} of the distribution with file capabilities", "发行版自带的具有文件能力的程序：{0} 个"},
		{"imageconfig.found.capability-unowned", "{0} {0:program|programs} with file capabilities that no package brought", "不属于任何软件包且具有文件能力的程序：{0} 个"},
		{"imageconfig.found.world-writable", "Everybody can write {0} {0:file|files} and {1} {1:directory|directories}", "任何人可写：{0} 个文件、{1} 个目录"},
		{"imageconfig.found.cache", "Caches of package managers: {0}", "包管理器缓存：{0}"},
		{"imageconfig.found.waste", "{0} in {1} {1:file|files} are shipped and not seen: a later layer removes or replaces them", "{1} 个文件共 {0} 随镜像分发但不可见：已被后续层删除或替换"},
		{"imageconfig.found.waste-again", "{0} in {1} {1:file|files} are shipped and not seen; {2} of them were written again in the same size with another owner or mode", "{1} 个文件共 {0} 随镜像分发但不可见；其中 {2} 以相同大小、不同属主或权限被再次写入"},
		{"imageconfig.found.account-root", "Accounts with the rights of root: {0}", "具有 root 权限的账户：{0}"},
		{"imageconfig.found.account-empty", "Accounts without a password: {0}", "没有口令的账户：{0}"},
		{"imageconfig.found.account-password", "Accounts with a password that is the same in every container: {0}", "口令在所有容器中相同的账户：{0}"},
		{"imageconfig.found.account-duplicate", "{0} {0:name or number stands|names or numbers stand} for more than one account", "有 {0} 个名称或编号对应多个账户"},
		{"imageconfig.found.account-file", "The rights on {0} are too wide", "{0} 的权限过宽"},
		{"imageconfig.found.sudoers", "sudo asks no password of {0}", "sudo 不要求以下用户输入口令：{0}"},
		{"imageconfig.found.device", "{0} device {0:file|files}", "设备文件：{0} 个"},
		{"imageconfig.found.git", "{0} {0:repository|repositories} with {0:its|their} history", "含有历史记录的代码仓库：{0} 个"},
		{"imageconfig.found.host-key", "{0} SSH host {0:key|keys}, the same in every container", "SSH 主机密钥 {0} 个，在所有容器中相同"},
		{"imageconfig.found.authorized-keys", "{0} {0:list|lists} of keys that may log in", "允许登录的密钥列表：{0} 个"},
		{"imageconfig.found.preload-file", "/etc/ld.so.preload loads other code into every program", "/etc/ld.so.preload 会将其他代码加载到每个程序中"},
		{"imageconfig.found.owner", "{0} {0:file belongs|files belong} to {1} {1:user|users} that the image does not have", "{0} 个文件属于镜像中不存在的 {1} 个用户"},
		{"imageconfig.found.leftover", "{0} {0:file|files} of the build or of a person's workplace", "构建或个人工作环境遗留的文件：{0} 个"},

		{"imageconfig.check.image-config-malformed.title", "The image configuration has fields that cannot be read", "镜像配置中存在无法读取的字段"},
		{"imageconfig.check.image-config-malformed.why", "A field has another type than the specification says. Engines may read it differently or not at all, and what it means was not checked.", "某个字段的类型与规范不符。不同引擎可能有不同的解读或无法读取，其含义未被检查。"},
		{"imageconfig.check.image-config-malformed.fix", "Build the image with a current builder; look at what made this configuration.", "请使用当前版本的构建工具重新构建镜像，并查明该配置由何生成。"},

		{"imageconfig.check.image-user-root.title", "Containers of the image run as root", "该镜像的容器以 root 身份运行"},
		{"imageconfig.check.image-user-root.why", "Whoever takes over the program is root in the container: may change every file and install what is wanted, and is one flaw of the kernel or one careless mount away from root on the host.", "一旦程序被攻破，攻击者即为容器内的 root：可以修改任意文件、安装任意软件，距离宿主机的 root 只差一个内核缺陷或一次不慎的挂载。"},
		{"imageconfig.check.image-user-root.fix", "Make a user in the Dockerfile (RUN useradd --system --uid 10001 app) and end with USER 10001. A number lets Kubernetes' runAsNonRoot check it. If the program must start as root and drops its rights itself, record that as an exception.", "在 Dockerfile 中创建用户（RUN useradd --system --uid 10001 app），并以 USER 10001 结尾。使用数字可供 Kubernetes 的 runAsNonRoot 校验。若程序必须以 root 启动并自行降权，请以例外记录。"},

		{"imageconfig.check.image-user-unknown.title", "The image's user or group is not in the image", "镜像设置的用户或用户组在镜像中不存在"},
		{"imageconfig.check.image-user-unknown.why", "The engine looks a name up in the image's /etc/passwd and /etc/group. Where it is missing the container does not start; where a volume brings another passwd it starts as somebody else.", "引擎会在镜像的 /etc/passwd 与 /etc/group 中查找该名称。找不到时容器无法启动；若挂载卷带来了另一份 passwd，则会以其他用户启动。"},
		{"imageconfig.check.image-user-unknown.fix", "Create the user before USER, or use its number.", "在 USER 之前创建该用户，或改用数字编号。"},

		{"imageconfig.check.image-healthcheck-missing.title", "The image has no health check", "镜像没有健康检查"},
		{"imageconfig.check.image-healthcheck-missing.why", "The engine only knows whether the process lives, not whether it works; a service that hangs stays in the load balancer. Kubernetes has probes of its own and ignores this.", "引擎只能知道进程是否存活，而不知道它是否正常工作；挂起的服务仍会留在负载均衡中。Kubernetes 使用自己的探针，不使用此设置。"},
		{"imageconfig.check.image-healthcheck-missing.fix", "Add HEALTHCHECK with a command that asks the program itself; or, where only Kubernetes runs the image, define probes there.", "添加 HEALTHCHECK，用命令直接询问程序自身；若镜像仅由 Kubernetes 运行，请在那里定义探针。"},

		{"imageconfig.check.image-port-management.title", "The image exposes a port of management or of data", "镜像暴露了管理或数据端口"},
		{"imageconfig.check.image-port-management.why", "The port is the usual one of a service that commands the machine or holds data, often without asking for a password. docker run -P publishes it on every interface of the host.", "该端口通常属于可控制机器或保存数据的服务，且往往不要求口令。docker run -P 会将其发布到宿主机的所有网络接口。"},
		{"imageconfig.check.image-port-management.fix", "Remove the EXPOSE if the service is not the purpose of the image. Administer containers through the engine (docker exec), and keep databases on a network of their own.", "若该服务并非镜像的用途，请移除 EXPOSE。请通过引擎（docker exec）管理容器，并将数据库置于独立网络中。"},

		{"imageconfig.check.image-port-privileged.title", "A port below 1024 is exposed by an image that does not run as root", "非 root 运行的镜像暴露了低于 1024 的端口"},
		{"imageconfig.check.image-port-privileged.why", "Docker lets every user of a container open such a port; other runtimes and older engines do not, and the program then does not start.", "Docker 允许容器内任意用户监听此类端口；其他运行时与旧版引擎则不允许，程序将无法启动。"},
		{"imageconfig.check.image-port-privileged.fix", "Listen on a port from 1024 (8080 for 80) and map it where the container is run.", "改为监听 1024 及以上的端口（如以 8080 代替 80），并在运行容器时做端口映射。"},

		{"imageconfig.check.image-env-secret.title", "A secret is in the image's environment", "镜像环境变量中含有机密"},
		{"imageconfig.check.image-env-secret.why", "Everybody who can pull the image reads its environment with docker inspect, and every process of every container has it. The judgement is by the variable's name; the value is not shown here.", "任何能拉取镜像的人都可以用 docker inspect 读取其环境变量，每个容器的每个进程也都能看到。此判断依据变量名称，此处不显示其值。"},
		{"imageconfig.check.image-env-secret.fix", "Change the secret where it is valid. Give it at run time (a mounted secret, the orchestrator's store), and where a build step needs it, use RUN --mount=type=secret.", "请在其生效之处更换该机密。运行时再提供（挂载的密钥或编排平台的密钥存储）；构建步骤需要时使用 RUN --mount=type=secret。"},

		{"imageconfig.check.image-build-arg-secret.title", "A secret was given as a build argument", "机密以构建参数的形式传入"},
		{"imageconfig.check.image-build-arg-secret.why", "Arguments that a RUN step saw are written into the image's history; docker history --no-trunc shows them to everybody who has the image.", "RUN 步骤所用的构建参数会写入镜像历史；任何持有镜像的人都可用 docker history --no-trunc 查看。"},
		{"imageconfig.check.image-build-arg-secret.fix", "Change the secret where it is valid, and give it to the step that needs it by RUN --mount=type=secret.", "请在其生效之处更换该机密，并通过 RUN --mount=type=secret 提供给需要它的步骤。"},

		{"imageconfig.check.image-env-url-credentials.title", "A URL in the image's environment has a password in it", "镜像环境变量中的 URL 含有口令"},
		{"imageconfig.check.image-env-url-credentials.why", "A proxy, package index or database is named with user and password; everybody who can pull the image can use them.", "代理、软件源或数据库的地址中带有用户名与口令；任何能拉取镜像的人都可以使用。"},
		{"imageconfig.check.image-env-url-credentials.fix", "Change the password. For a proxy, let the engine's client configuration set it at build and run time; for others use a mounted secret.", "请更换口令。代理应由引擎客户端配置在构建与运行时设置；其他情况请使用挂载的密钥。"},

		{"imageconfig.check.image-env-path.title", "The search path for programs can be influenced", "程序搜索路径可被影响"},
		{"imageconfig.check.image-env-path.why", "A program put into the current directory, or into one that everybody can write, is run in place of the one that was meant.", "放入当前目录或任何人可写目录中的程序会取代本应运行的程序。"},
		{"imageconfig.check.image-env-path.fix", "Keep PATH to absolute directories that only root can write.", "PATH 只应包含仅 root 可写的绝对路径目录。"},

		{"imageconfig.check.image-env-preload.title", "The environment loads other code into programs", "环境变量会将其他代码加载到程序中"},
		{"imageconfig.check.image-env-preload.why", "LD_PRELOAD and its like run code before every program. An allocator put there on purpose is well; anything else is the way of malware, and a library in a directory that everybody can write can be replaced.", "LD_PRELOAD 等变量会在每个程序之前运行代码。有意设置的内存分配器没有问题；其他情况则是恶意软件的惯用手法，且位于任何人可写目录中的库可被替换。"},
		{"imageconfig.check.image-env-preload.fix", "See what the library is and which package it came with; set the variable for the one program that needs it, not for the image.", "请确认该库是什么、来自哪个软件包；仅为需要它的程序设置该变量，而非整个镜像。"},

		{"imageconfig.check.image-env-tls-off.title", "A check of certificates or signatures is switched off", "证书或签名校验被关闭"},
		{"imageconfig.check.image-env-tls-off.why", "Programs in the container accept any server, or any download, as the right one; somebody on the way can read and change what is sent.", "容器中的程序会接受任何服务器或下载内容；处于链路中的人可以读取并篡改传输内容。"},
		{"imageconfig.check.image-env-tls-off.fix", "Remove the variable; add your own certificate authority to the image's trust store where that was the reason.", "请移除该变量；若原因是使用了自有证书颁发机构，请将其加入镜像的信任库。"},

		{"imageconfig.check.image-env-debug.title", "A debugger or the state of development is switched on", "调试器或开发模式处于开启状态"},
		{"imageconfig.check.image-env-debug.why", "Debuggers run what they are sent, and pages made for developers show source, environment and sessions.", "调试器会执行收到的内容，面向开发者的页面会显示源代码、环境变量与会话。"},
		{"imageconfig.check.image-env-debug.fix", "Remove the variable from the image; set it for the one container that is debugged.", "请从镜像中移除该变量；仅为需要调试的容器设置。"},

		{"imageconfig.check.image-volume-sensitive.title", "A volume is declared on a sensitive path", "在敏感路径上声明了卷"},
		{"imageconfig.check.image-volume-sensitive.why", "A volume there hides what the image has, lets changes outlive the container, and invites to mount the host's own directory in its place.", "此处的卷会遮盖镜像内容，使修改在容器结束后仍然保留，并诱使他人将宿主机目录挂载于此。"},
		{"imageconfig.check.image-volume-sensitive.fix", "Declare volumes for data directories of the program only.", "仅为程序的数据目录声明卷。"},

		{"imageconfig.check.image-docker-socket.title", "The image is made to use the container engine", "镜像被设计为使用容器引擎"},
		{"imageconfig.check.image-docker-socket.why", "Whoever reaches the engine's socket or API can start a privileged container and so is root on the host.", "能够访问引擎套接字或 API 的人可以启动特权容器，从而成为宿主机的 root。"},
		{"imageconfig.check.image-docker-socket.fix", "Build without the engine (BuildKit rootless, Buildah); where the engine is needed, put a proxy before it that allows only the calls in question.", "请使用无需引擎的方式构建（rootless BuildKit、Buildah）；确需引擎时，在其前面放置仅允许所需调用的代理。"},

		{"imageconfig.check.image-start-shell.title", "The program is started by a shell", "程序由 shell 启动"},
		{"imageconfig.check.image-start-shell.why", "The shell is process 1 and does not pass the stop signal on: the program is killed after ten seconds without having finished its work.", "shell 成为 1 号进程且不转发停止信号：十秒后程序会在未完成工作的情况下被杀死。"},
		{"imageconfig.check.image-start-shell.fix", "Write CMD and ENTRYPOINT as a list ([\"program\", \"argument\"]), or begin the command with exec.", "将 CMD 与 ENTRYPOINT 写成列表形式（[\"program\", \"argument\"]），或以 exec 开头。"},

		{"imageconfig.check.image-start-sshd.title", "The container is a server for remote logins", "容器提供远程登录服务"},
		{"imageconfig.check.image-start-sshd.why", "A second way in beside the engine has accounts, keys and updates of its own that nobody looks after, and logs in past every policy of the engine.", "在引擎之外的另一入口有自己的账户、密钥与更新，往往无人维护，并绕过引擎的一切策略。"},
		{"imageconfig.check.image-start-sshd.fix", "Use docker exec or kubectl exec, and start the program itself.", "请使用 docker exec 或 kubectl exec，并直接启动程序本身。"},

		{"imageconfig.check.image-start-sudo.title", "The container is started with sudo", "容器通过 sudo 启动"},
		{"imageconfig.check.image-start-sudo.why", "sudo is a setuid program that gives back the rights USER took away, handles signals and terminals its own way, and fails where new privileges are forbidden.", "sudo 是 setuid 程序，会归还 USER 所去除的权限，对信号与终端的处理自成一套，在禁止提升权限时会失败。"},
		{"imageconfig.check.image-start-sudo.fix", "Set the user that is needed with USER; to step down from root use setpriv, gosu or su-exec.", "用 USER 设置所需用户；需要从 root 降权时使用 setpriv、gosu 或 su-exec。"},

		{"imageconfig.check.image-on-build.title", "The image runs instructions in builds that use it", "镜像会在使用它的构建中执行指令"},
		{"imageconfig.check.image-on-build.why", "ONBUILD triggers run in the builds of others, with their context and secrets, and are not seen in their Dockerfile.", "ONBUILD 触发器在他人的构建中执行，可接触其上下文与密钥，而在其 Dockerfile 中不可见。"},
		{"imageconfig.check.image-on-build.fix", "Write the instructions into the Dockerfile that needs them.", "将这些指令写入需要它们的 Dockerfile。"},

		{"imageconfig.check.image-stop-signal.title", "Containers are killed without warning", "容器会在没有预警的情况下被杀死"},
		{"imageconfig.check.image-stop-signal.why", "SIGKILL cannot be handled: data that is not yet written is lost at every stop.", "SIGKILL 无法被处理：每次停止都会丢失尚未写入的数据。"},
		{"imageconfig.check.image-stop-signal.fix", "Leave STOPSIGNAL at SIGTERM, or the signal that the program takes as a request to end.", "将 STOPSIGNAL 保持为 SIGTERM，或程序视为结束请求的信号。"},

		{"imageconfig.check.image-old.title", "The image is more than a year old", "镜像构建已超过一年"},
		{"imageconfig.check.image-old.why", "An image is not updated by itself. The vulnerabilities that are known count, not the age; but an old image was not rebuilt when its base was.", "镜像不会自行更新。真正重要的是已知漏洞而非时间；但旧镜像没有随其基础镜像重新构建。"},
		{"imageconfig.check.image-old.fix", "Rebuild regularly with --pull --no-cache.", "请定期使用 --pull --no-cache 重新构建。"},

		{"imageconfig.check.image-labels-missing.title", "No label says where the image came from", "没有标签说明镜像来源"},
		{"imageconfig.check.image-labels-missing.why", "Without the source repository and its revision nobody can tell which code is running, or find whom to ask when a flaw is known.", "没有源代码仓库与版本信息，就无法得知运行的是哪份代码，也无法在发现缺陷时找到负责人。"},
		{"imageconfig.check.image-labels-missing.fix", "Set the labels org.opencontainers.image.source and .revision in the build (docker build --label, or the metadata action of your CI).", "在构建时设置标签 org.opencontainers.image.source 与 .revision（docker build --label 或 CI 的元数据步骤）。"},

		{"imageconfig.check.image-history-add-url.title", "ADD fetched a file from a URL", "ADD 从 URL 获取了文件"},
		{"imageconfig.check.image-history-add-url.why", "What comes from the URL may change from build to build, and nothing held it against a known digest.", "URL 的内容可能在每次构建时变化，且没有与已知摘要进行核对。"},
		{"imageconfig.check.image-history-add-url.fix", "Give ADD a --checksum, or fetch and verify the file in one RUN.", "为 ADD 指定 --checksum，或在同一个 RUN 中下载并校验文件。"},

		{"imageconfig.check.image-tag-latest.title", "The image goes by the name latest", "镜像使用 latest 标签"},
		{"imageconfig.check.image-tag-latest.why", "The name means another image tomorrow: a deployment cannot be repeated or rolled back by it.", "该名称明天可能指向另一个镜像：无法据此重复或回滚部署。"},
		{"imageconfig.check.image-tag-latest.fix", "Tag with the version or revision, and deploy by digest.", "使用版本号或修订号作为标签，并按摘要部署。"},

		{"imageconfig.check.image-setuid.title", "The distribution's setuid and setgid programs are in the image", "镜像含有发行版自带的 setuid/setgid 程序"},
		{"imageconfig.check.image-setuid.why", "They run with the rights of their owner, whoever starts them; a flaw in one makes a container's user root. Few containers need any of them: su, mount, passwd, chsh and their like are for people who log in.", "无论由谁启动，它们都以属主的权限运行；其中任一缺陷都可使容器内用户成为 root。容器很少需要它们：su、mount、passwd、chsh 等是供登录用户使用的。"},
		{"imageconfig.check.image-setuid.fix", "Take the bit away at the end of the build (RUN find / -xdev -perm /6000 -type f -exec chmod a-s {} +), or run with no-new-privileges, which has the same effect.", "在构建末尾去除该权限位（RUN find / -xdev -perm /6000 -type f -exec chmod a-s {} +），或以 no-new-privileges 运行，效果相同。"},

		{"imageconfig.check.image-setuid-unowned.title", "A setuid or setgid program came with no package", "存在不属于任何软件包的 setuid/setgid 程序"},
		{"imageconfig.check.image-setuid-unowned.why", "Somebody gave the program these rights by hand. Nobody publishes fixes for it, and a setuid shell is the oldest of back doors.", "有人手动赋予了该程序这些权限。没有人为它发布修复，而 setuid shell 是最古老的后门。"},
		{"imageconfig.check.image-setuid-unowned.fix", "Find out who put it there and why (the layer's instruction is named). Take the bit away, or give the program the one capability that it needs.", "请查明是谁、为何放置（已标明所在层的指令）。去除该权限位，或仅赋予程序所需的单项能力。"},

		{"imageconfig.check.image-capability.title", "Programs of the distribution have file capabilities", "发行版自带程序具有文件能力"},
		{"imageconfig.check.image-capability.why", "A capability is a part of root's rights that the program has whoever starts it, as far as the container's own set allows.", "能力是 root 权限的一部分，在容器允许的范围内，无论由谁启动，程序都拥有它。"},
		{"imageconfig.check.image-capability.fix", "Remove the program if it is not needed (setcap -r takes the capability away), or run with no-new-privileges.", "若不需要请移除该程序（setcap -r 可去除能力），或以 no-new-privileges 运行。"},

		{"imageconfig.check.image-capability-unowned.title", "A program with file capabilities came with no package", "存在不属于任何软件包且具有文件能力的程序"},
		{"imageconfig.check.image-capability-unowned.why", "Somebody gave the program a part of root's rights. cap_sys_admin, cap_dac_override, cap_setuid and some others are as good as root (rated high).", "有人赋予了该程序部分 root 权限。cap_sys_admin、cap_dac_override、cap_setuid 等几乎等同于 root（评为高危）。"},
		{"imageconfig.check.image-capability-unowned.fix", "Keep only the capability that the program needs; cap_net_bind_service is not needed under Docker.", "仅保留程序所需的能力；在 Docker 下不需要 cap_net_bind_service。"},

		{"imageconfig.check.image-world-writable.title", "Everybody in the container can write files that they should not", "容器中任何人都可写入不应可写的文件"},
		{"imageconfig.check.image-world-writable.why", "Whoever takes over one process can change what another one, or root, runs or reads next. In a directory without the sticky bit files can also be replaced. Rated by what it is: on PATH high, programs and the system's directories medium, data low.", "攻破某个进程后，即可修改其他进程或 root 接下来要运行或读取的内容。在没有粘滞位的目录中，文件还可被替换。按性质评级：位于 PATH 上为高，程序与系统目录为中，数据为低。"},
		{"imageconfig.check.image-world-writable.fix", "Give the files to the user that needs them (COPY --chown) in place of chmod 777.", "请将文件交给需要它的用户（COPY --chown），而不是使用 chmod 777。"},

		{"imageconfig.check.image-package-cache.title", "Caches of package managers are in the image", "镜像中含有包管理器缓存"},
		{"imageconfig.check.image-package-cache.why", "They are of no use in a container and are pulled and stored each time.", "它们在容器中没有用处，却在每次拉取时被传输和存储。"},
		{"imageconfig.check.image-package-cache.fix", "Clean up in the same RUN that installs (rm -rf /var/lib/apt/lists/*, --no-cache, pip --no-cache-dir), or keep the cache out of the layer by RUN --mount=type=cache.", "在执行安装的同一 RUN 中清理（rm -rf /var/lib/apt/lists/*、--no-cache、pip --no-cache-dir），或用 RUN --mount=type=cache 使缓存不进入镜像层。"},

		{"imageconfig.check.image-waste.title", "Layers ship bytes that no container sees", "镜像层中含有容器看不到的数据"},
		{"imageconfig.check.image-waste.why", "What one instruction brings and a later one deletes or replaces stays in the lower layer: it is pulled, stored, and can be read by everybody who has the image. chown and chmod of a whole tree copy it.", "某条指令带来、而后续指令删除或替换的内容仍留在下层：它会被拉取、存储，且任何持有镜像的人都能读取。对整个目录树执行 chown 或 chmod 会复制一份。"},
		{"imageconfig.check.image-waste.fix", "Delete in the instruction that creates, use COPY --chown and --chmod, and leave what only the build needs in an earlier stage.", "在创建文件的同一条指令中删除，使用 COPY --chown 与 --chmod，并将仅构建所需的内容留在前一阶段。"},

		{"imageconfig.check.image-account-root.title", "An account besides root has the rights of root", "除 root 外还有账户具有 root 权限"},
		{"imageconfig.check.image-account-root.why", "The user's number is 0, and that alone makes root. Checks by name do not see it; it is a common way to keep a back door.", "该用户编号为 0，仅凭此即为 root。按名称进行的检查看不到它；这是保留后门的常见手法。"},
		{"imageconfig.check.image-account-root.fix", "Give the account a number of its own, or remove it.", "为该账户分配独立的编号，或将其删除。"},

		{"imageconfig.check.image-account-no-password.title", "An account has an empty password", "存在空口令账户"},
		{"imageconfig.check.image-account-no-password.why", "Anybody in the container becomes that user by su or a login without knowing anything (CVE-2019-5021 was this, for root, in Alpine images).", "容器内任何人都可以通过 su 或登录成为该用户而无需任何信息（CVE-2019-5021 即为 Alpine 镜像中 root 的此类问题）。"},
		{"imageconfig.check.image-account-no-password.fix", "Lock the account: passwd -l NAME, or an asterisk in the second field of /etc/shadow.", "锁定该账户：passwd -l NAME，或在 /etc/shadow 第二个字段填写星号。"},

		{"imageconfig.check.image-account-password.title", "An account has a password set in the image", "镜像中设置了账户口令"},
		{"imageconfig.check.image-account-password.why", "The hash can be tried out by everybody who has the image, and the password opens every container made from it.", "任何持有镜像的人都可以离线破解该哈希，而该口令对由此镜像创建的所有容器有效。"},
		{"imageconfig.check.image-account-password.fix", "Lock the account; containers are entered through the engine.", "锁定该账户；请通过引擎进入容器。"},

		{"imageconfig.check.image-account-duplicate.title", "Accounts share a name or a number", "账户的名称或编号重复"},
		{"imageconfig.check.image-account-duplicate.why", "Who shares a number shares all rights; which of two lines counts depends on the program that reads them.", "编号相同即权限相同；两行中哪一行生效取决于读取它们的程序。"},
		{"imageconfig.check.image-account-duplicate.fix", "Give each account and group its own name and number.", "为每个账户与用户组分配独立的名称与编号。"},

		{"imageconfig.check.image-account-file-mode.title", "Files of accounts can be written or read by others", "账户文件可被他人读写"},
		{"imageconfig.check.image-account-file-mode.why", "Who can write passwd, shadow or sudoers makes himself root; who can read shadow can try passwords out. A passwd that group 0 can write was a flaw of many images made for OpenShift.", "能写 passwd、shadow 或 sudoers 的人可使自己成为 root；能读 shadow 的人可尝试破解口令。允许 0 号用户组写入 passwd 曾是许多 OpenShift 镜像的缺陷。"},
		{"imageconfig.check.image-account-file-mode.fix", "chmod 644 /etc/passwd /etc/group; chmod 640 /etc/shadow /etc/gshadow; chmod 440 /etc/sudoers.", "chmod 644 /etc/passwd /etc/group；chmod 640 /etc/shadow /etc/gshadow；chmod 440 /etc/sudoers。"},

		{"imageconfig.check.image-sudo-no-password.title", "sudo gives rights without a password", "sudo 无需口令即可授权"},
		{"imageconfig.check.image-sudo-no-password.why", "A container that runs as such a user is a container that runs as root.", "以此类用户运行的容器等同于以 root 运行。"},
		{"imageconfig.check.image-sudo-no-password.fix", "Remove sudo and the rule; do what needs root in the build, before USER.", "移除 sudo 与该规则；在构建中 USER 之前完成需要 root 的操作。"},

		{"imageconfig.check.image-device-file.title", "Device files are in the image", "镜像中含有设备文件"},
		{"imageconfig.check.image-device-file.why", "The engine makes the devices that a container may use. One in the image gives access to a disk or to memory wherever the container may use that device.", "容器可用的设备由引擎创建。镜像中的设备文件会在允许该设备的容器中提供对磁盘或内存的访问。"},
		{"imageconfig.check.image-device-file.fix", "Delete them in the build, and give a device at run time with --device.", "在构建中删除它们，并在运行时通过 --device 提供设备。"},

		{"imageconfig.check.image-git-directory.title", "A repository with its history is in the image", "镜像中含有带历史记录的代码仓库"},
		{"imageconfig.check.image-git-directory.why", "Everything that was ever committed comes along, what was deleted since included; a web server that serves the directory gives it to the world.", "曾经提交过的一切都在其中，包括后来删除的内容；若 Web 服务器提供该目录，则向所有人公开。"},
		{"imageconfig.check.image-git-directory.fix", "Name .git in .dockerignore, or copy only what is needed.", "在 .dockerignore 中写入 .git，或仅复制所需文件。"},

		{"imageconfig.check.image-ssh-host-key.title", "SSH host keys are in the image", "镜像中含有 SSH 主机密钥"},
		{"imageconfig.check.image-ssh-host-key.why", "Every container has the same key, and so has everybody who can pull the image: any of them can pass as the server.", "所有容器以及任何能拉取镜像的人都持有同一密钥：任何人都可以冒充该服务器。"},
		{"imageconfig.check.image-ssh-host-key.fix", "Remove the SSH server, or make keys at the first start (ssh-keygen -A) and delete them in the build step that installs the server.", "移除 SSH 服务器；或在安装服务器的构建步骤中删除密钥，并在首次启动时生成（ssh-keygen -A）。"},

		{"imageconfig.check.image-authorized-keys.title", "Keys that may log in are in the image", "镜像中含有允许登录的密钥"},
		{"imageconfig.check.image-authorized-keys.why", "Whoever has the key's other half can enter every container that runs an SSH server.", "持有对应私钥的人可以进入所有运行 SSH 服务器的容器。"},
		{"imageconfig.check.image-authorized-keys.fix", "Remove the file; containers are entered through the engine.", "删除该文件；请通过引擎进入容器。"},

		{"imageconfig.check.image-ld-preload-file.title", "A library is loaded into every program", "有库被加载到每个程序中"},
		{"imageconfig.check.image-ld-preload-file.why", "/etc/ld.so.preload names code that every program runs first, setuid ones included. Rootkits hide by it; few images have a reason for it.", "/etc/ld.so.preload 指定的代码会在每个程序（包括 setuid 程序）之前运行。Rootkit 借此隐藏自身；镜像很少有理由使用它。"},
		{"imageconfig.check.image-ld-preload-file.fix", "See which library it names and where that came from; set LD_PRELOAD for the one program that needs it.", "请查看它指定了哪个库及其来源；仅为需要的程序设置 LD_PRELOAD。"},

		{"imageconfig.check.image-file-owner.title", "Files belong to users that the image does not have", "文件属于镜像中不存在的用户"},
		{"imageconfig.check.image-file-owner.why", "An account made later may get the number and with it the files. Often the sign of an archive unpacked with the owners of the machine that packed it.", "之后创建的账户可能获得该编号并因此拥有这些文件。这往往说明解包时保留了打包机器上的属主。"},
		{"imageconfig.check.image-file-owner.fix", "Set the owner with COPY --chown, or unpack with tar --no-same-owner.", "使用 COPY --chown 设置属主，或以 tar --no-same-owner 解包。"},

		{"imageconfig.check.image-leftover-files.title", "Files of the build are left in the image", "镜像中遗留了构建文件"},
		{"imageconfig.check.image-leftover-files.why", "Dockerfiles, compose files, editors' swap files and the like tell others how you build, and sometimes more.", "Dockerfile、compose 文件、编辑器交换文件等会向他人透露您的构建方式，有时还不止于此。"},
		{"imageconfig.check.image-leftover-files.fix", "Name them in .dockerignore, or copy only what is needed.", "在 .dockerignore 中写入它们，或仅复制所需文件。"},
	}
}
