// Somebody else's Z-Wave host at our virtual stick: OpenZWave, told what to do by lines, telling what it hears as JSON lines.
//
//     openzwave_host PORT CONFIG_FOLDER USER_FOLDER
//
// Lines: add | remove | cancel | lock NODE | unlock NODE | refresh NODE | code NODE SLOT CODE | clear NODE SLOT | value NODE | quit

#include <cstdint>
#include <cstdio>
#include <iostream>
#include <list>
#include <map>
#include <mutex>
#include <sstream>
#include <string>

#include <Manager.h>
#include <Notification.h>
#include <Options.h>
#include <value_classes/ValueID.h>

using namespace OpenZWave;

namespace
{
std::mutex mutex;
uint32 home = 0;
std::map<uint8, std::list<ValueID>> values;

std::string quoted(std::string const& text)
{
    std::string out = "\"";
    for (char c : text)
    {
        if (c == '"' || c == '\\') out += '\\';
        out += (static_cast<unsigned char>(c) < 0x20) ? ' ' : c;
    }
    return out + "\"";
}

void say(std::string const& line)
{
    std::cout << line << std::endl;
}

std::string described(ValueID const& id)
{
    std::string text;
    Manager::Get()->GetValueAsString(id, &text);
    std::ostringstream out;
    out << "\"node\":" << int(id.GetNodeId()) << ",\"class\":" << int(id.GetCommandClassId()) << ",\"index\":" << id.GetIndex()
        << ",\"label\":" << quoted(Manager::Get()->GetValueLabel(id)) << ",\"value\":" << quoted(text);
    return out.str();
}

void heard(Notification const* news, void*)
{
    std::lock_guard<std::mutex> guard(mutex);
    int const node = news->GetNodeId();
    switch (news->GetType())
    {
        case Notification::Type_DriverReady:
            home = news->GetHomeId();
            say("{\"event\":\"driverReady\",\"home\":" + std::to_string(home) + "}");
            break;
        case Notification::Type_DriverFailed: say("{\"event\":\"driverFailed\"}"); break;
        case Notification::Type_NodeAdded: say("{\"event\":\"nodeAdded\",\"node\":" + std::to_string(node) + "}"); break;
        case Notification::Type_NodeRemoved: say("{\"event\":\"nodeRemoved\",\"node\":" + std::to_string(node) + "}"); break;
        case Notification::Type_NodeQueriesComplete: say("{\"event\":\"interviewed\",\"node\":" + std::to_string(node) + "}"); break;
        case Notification::Type_EssentialNodeQueriesComplete: say("{\"event\":\"essential\",\"node\":" + std::to_string(node) + "}"); break;
        case Notification::Type_AllNodesQueried:
        case Notification::Type_AllNodesQueriedSomeDead:
        case Notification::Type_AwakeNodesQueried: say("{\"event\":\"allQueried\"}"); break;
        case Notification::Type_ControllerCommand:
            say("{\"event\":\"controller\",\"state\":" + std::to_string(news->GetEvent()) + ",\"error\":" + std::to_string(news->GetNotification()) + "}");
            break;
        case Notification::Type_Notification:
            say("{\"event\":\"notification\",\"node\":" + std::to_string(node) + ",\"code\":" + std::to_string(news->GetNotification()) + "}");
            break;
        case Notification::Type_ValueAdded: values[news->GetValueID().GetNodeId()].push_back(news->GetValueID()); break;
        case Notification::Type_ValueRemoved: values[news->GetValueID().GetNodeId()].remove(news->GetValueID()); break;
        case Notification::Type_ValueChanged: say("{\"event\":\"changed\"," + described(news->GetValueID()) + "}"); break;
        case Notification::Type_ValueRefreshed: say("{\"event\":\"refreshed\"," + described(news->GetValueID()) + "}"); break;
        default: break;
    }
}

// The first value of a node's that a class has at an index, and a type.
bool find(uint8 node, uint8 commandClass, int index, ValueID::ValueType type, ValueID& found)
{
    std::lock_guard<std::mutex> guard(mutex);
    for (ValueID const& id : values[node])
    {
        if (id.GetCommandClassId() == commandClass && id.GetIndex() == index && id.GetType() == type)
        {
            found = id;
            return true;
        }
    }
    return false;
}

bool obey(std::string const& line)
{
    std::istringstream words(line);
    std::string verb, code;
    int node = 0, slot = 0;
    words >> verb >> node >> slot >> code;
    ValueID id(home, uint64(0));
    if (verb == "add") return Manager::Get()->AddNode(home, true);
    if (verb == "remove") return Manager::Get()->RemoveNode(home);
    if (verb == "cancel") return Manager::Get()->CancelControllerCommand(home);
    if (verb == "lock" || verb == "unlock") return find(node, 0x62, 0, ValueID::ValueType_Bool, id) && Manager::Get()->SetValue(id, verb == "lock");
    if (verb == "refresh") return find(node, 0x62, 0, ValueID::ValueType_Bool, id) && Manager::Get()->RefreshValue(id);
    if (verb == "code") return find(node, 0x63, slot, ValueID::ValueType_String, id) && Manager::Get()->SetValue(id, code);
    if (verb == "value")
    {
        std::lock_guard<std::mutex> guard(mutex);
        for (ValueID const& each : values[node]) say("{\"event\":\"value\"," + described(each) + "}");
        return true;
    }
    return false;
}
}

int main(int count, char** arguments)
{
    if (count != 4)
    {
        std::cerr << "usage: openzwave_host PORT CONFIG_FOLDER USER_FOLDER" << std::endl;
        return 64;
    }
    Options::Create(arguments[2], arguments[3], "");
    Options::Get()->AddOptionBool("ConsoleOutput", false);
    Options::Get()->AddOptionBool("Logging", true);
    Options::Get()->AddOptionInt("SaveLogLevel", LogLevel_Detail);
    Options::Get()->AddOptionInt("QueueLogLevel", LogLevel_Debug);
    Options::Get()->AddOptionBool("AppendLogFile", false);
    Options::Get()->AddOptionInt("PollInterval", 0);
    Options::Get()->AddOptionBool("SaveConfiguration", false);
    Options::Get()->AddOptionString("NetworkKey", "0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x0E, 0x0F, 0x10", false);
    Options::Get()->Lock();
    Manager::Create();
    Manager::Get()->AddWatcher(heard, nullptr);
    Manager::Get()->AddDriver(arguments[1]);
    std::string line;
    while (std::getline(std::cin, line) && line != "quit") say(std::string("{\"answer\":") + (obey(line) ? "true" : "false") + "}");
    Manager::Get()->RemoveDriver(arguments[1]);
    Manager::Get()->RemoveWatcher(heard, nullptr);
    Manager::Destroy();
    Options::Destroy();
    return 0;
}
