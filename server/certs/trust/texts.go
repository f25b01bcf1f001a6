package trust

import "strings"

// text is all the page says in one language.
type text struct {
	Name, Title, Lead, Done    string
	Uncovered                  string // by what host it was reached
	Get, GetButton, Listed     string
	Trust                      string
	Open, OpenButton, Try      string
	Safe, Limits, Compare      string
	Sign                       string // on a device that trusts us already
	IPhone, Android            []string
	Windows, Mac, Firefox, Lin []string
}

// languages in which the page is written; the first is for everybody else.
var languages = []string{"en", "zh"}

var texts = map[string]text{
	"en": {
		Name:  "English",
		Title: "One step, once",
		Lead: "Browsers open camera and microphone on secure pages only. This Yodel made its own certificate for that. " +
			"Tell your device to trust it, and calls, the app on the home screen and everything else work without a warning.",
		Done:      "Done already? Open Yodel",
		Uncovered: "the certificate does not cover this address. Open the server by its address in your network instead; Yodel names it when it starts.",
		Get:       "Get the certificate", GetButton: "Download the certificate", Listed: "Your device lists it as",
		Trust: "Trust it",
		Open:  "Open Yodel", OpenButton: "Open Yodel",
		Try:  "Only having a look? Open it right away and tell the browser to go on past its warning. Calls may work; the app cannot be installed.",
		Safe: "What you allow by this",
		Limits: "The certificate can speak only for addresses that the internet does not lead to: those of networks at home or at work, .local and .lan names, and the name of the computer that runs " +
			"Yodel. It can never speak for a site of the internet; that limit is written into it. You can remove it again where you installed it.",
		Compare: "To be sure that nobody changed it on the way, compare its SHA-256 fingerprint with the one that Yodel wrote to its log when it started:",
		Sign:    "This device trusts it already",
		IPhone: []string{
			"In Safari, tap “Download the certificate” above, then “Allow”.",
			"Open Settings. At the top, tap “Profile Downloaded”, then “Install”.",
			"In Settings go to General → About → Certificate Trust Settings, at the very bottom, and switch it on.",
			"Come back here and open Yodel.",
		},
		Android: []string{
			"Tap “Download the certificate” above.",
			"Open Settings and search for “CA certificate”. (Mostly: Security & privacy → More security settings → Install from storage.)",
			"Tap “CA certificate”, “Install anyway”, and choose yodel-ca.crt among the downloads.",
			"Open Yodel in Chrome, Edge or Samsung Internet. Firefox on Android does not use it.",
		},
		Windows: []string{
			"Download the certificate and open the file: “Install Certificate…”.",
			"Choose “Current User”, then “Place all certificates in the following store” and there “Trusted Root Certification Authorities”.",
			"Confirm, and open the browser anew.",
		},
		Mac: []string{
			"Download the certificate and open the file; Keychain Access takes it.",
			"Double-click it in the list, open “Trust”, and choose “Always Trust”.",
			"Open the browser anew.",
		},
		Firefox: []string{
			"Tap “Download the certificate” above, and tick “Trust this CA to identify websites”.",
			"If Firefox does not ask that: Settings → Privacy & Security → View Certificates… → Authorities → Import…, and choose the file.",
			"On Windows and Mac it also follows the system, once that trusts the certificate.",
		},
		Lin: []string{
			"Chrome and Chromium: open chrome://certificate-manager, then Custom → Installed by you → Import, and choose the file.",
			"Older versions: Settings → Privacy and security → Security → Manage certificates → Authorities → Import.",
		},
	},
	"zh": {
		Name:      "中文",
		Title:     "只需一步，只做一次",
		Lead:      "浏览器只在安全的页面上开放摄像头和麦克风。为此，这台 Yodel 自己做了一张证书。让设备信任它，通话、添加到主屏幕等等就都能用，也不再有警告。",
		Done:      "已经做过了？直接打开 Yodel",
		Uncovered: "这张证书不包括这个地址。请改用服务器在你的网络里的地址打开，Yodel 启动时会列出来。",
		Get:       "取得证书", GetButton: "下载证书", Listed: "它在设备里的名字是",
		Trust: "信任它",
		Open:  "打开 Yodel", OpenButton: "打开 Yodel",
		Try:     "只想先看看？现在就可以打开，遇到浏览器的警告时选择继续访问。通话多半能用，但不能安装成应用。",
		Safe:    "这样做意味着什么",
		Limits:  "这张证书只能担保互联网上不通的地址：家里或单位网络的地址、.local 和 .lan 结尾的名字，以及运行 Yodel 的那台电脑的名字。它永远不能担保互联网上的网站，这个限制就写在证书里。想撤销时，在安装它的地方删除即可。",
		Compare: "要确认它在途中没有被人换掉，请把它的 SHA-256 指纹与 Yodel 启动时写进日志的那一个相比：",
		Sign:    "这台设备已经信任它了",
		IPhone: []string{
			"在 Safari 里点上面的“下载证书”，再点“允许”。",
			"打开“设置”，点最上面的“已下载描述文件”，再点“安装”。",
			"在“设置”里进入 通用 → 关于本机 → 最底部的“证书信任设置”，把它打开。",
			"回到这里，打开 Yodel。",
		},
		Android: []string{
			"点上面的“下载证书”。",
			"打开“设置”，搜索“CA 证书”。（多半在：安全和隐私 → 更多安全设置 → 从存储设备安装。）",
			"点“CA 证书”、“仍然安装”，在下载的文件里选 yodel-ca.crt。",
			"用 Chrome、Edge 或三星浏览器打开 Yodel。安卓版 Firefox 不使用它。",
		},
		Windows: []string{
			"下载证书并打开文件，点“安装证书…”。",
			"选“当前用户”，再选“将所有的证书都放入下列存储”，存储选“受信任的根证书颁发机构”。",
			"确认，然后重新打开浏览器。",
		},
		Mac: []string{
			"下载证书并打开文件，“钥匙串访问”会收下它。",
			"在列表里双击它，展开“信任”，选“始终信任”。",
			"重新打开浏览器。",
		},
		Firefox: []string{
			"点上面的“下载证书”，勾选“信任由此证书颁发机构来标识网站”。",
			"如果 Firefox 没有这样问：设置 → 隐私与安全 → 查看证书… → 证书颁发机构 → 导入…，选中文件。",
			"在 Windows 和 Mac 上，系统信任了它，Firefox 也会跟着信任。",
		},
		Lin: []string{
			"Chrome 和 Chromium：打开 chrome://certificate-manager，进入 自定义 → 由您安装 → 导入，选中文件。",
			"旧版本：设置 → 隐私和安全 → 安全 → 管理证书 → 授权机构 → 导入。",
		},
	},
}

// device is one paragraph of step 2.
type device struct {
	Name  string
	Steps []string
	Open  bool // it is the reader's own, most likely
}

// devices has the reader's own unfolded.
func (t text) devices(userAgent string) []device {
	return []device{
		{"iPhone, iPad", t.IPhone, containsAny(userAgent, "iPhone", "iPad")},
		{"Android", t.Android, containsAny(userAgent, "Android")},
		{"Windows", t.Windows, containsAny(userAgent, "Windows")},
		{"Mac", t.Mac, containsAny(userAgent, "Macintosh")}, // and an iPad that would rather be one
		{"Linux", t.Lin, containsAny(userAgent, "X11; Linux") && !containsAny(userAgent, "Firefox")},
		{"Firefox", t.Firefox, containsAny(userAgent, "Firefox") && !containsAny(userAgent, "Android")},
	}
}

func containsAny(s string, parts ...string) bool {
	for _, part := range parts {
		if strings.Contains(s, part) {
			return true
		}
	}
	return false
}

// preferred is the first of a reader's languages that the page is written in.
func preferred(acceptLanguage string) string {
	for each := range strings.SplitSeq(acceptLanguage, ",") {
		tag, _, _ := strings.Cut(strings.TrimSpace(each), ";") // browsers send them in the order of their liking
		base, _, _ := strings.Cut(strings.ToLower(tag), "-")
		if _, known := texts[base]; known {
			return base
		}
	}
	return languages[0]
}
